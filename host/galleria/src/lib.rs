//! The plugin host for headless commerce: embed it, or run the galleria program
