"""What a cadre may do with records of any kind; the features add what is their own."""
