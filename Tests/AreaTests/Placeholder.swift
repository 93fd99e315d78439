enum PlaceholderAreaTests {}
