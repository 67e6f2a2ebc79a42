"""What village and county share, and both ends of the line between them."""
