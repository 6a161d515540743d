"""A synthetic table leaves the building only through here: policy, gate, bundle, signatures, verification."""
