enum PlaceholderKitTests {}
