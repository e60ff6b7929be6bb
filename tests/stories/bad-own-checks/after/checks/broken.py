def polite(reply)
    return {}
