# touched
