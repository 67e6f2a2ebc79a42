"""The county's end of the line: takes in what villages wrote, tells each what others wrote."""
