namespace KafkaDatasets;

/// <summary>A named part of a topic's rows, as a <see cref="DatasetManifest"/> records it.</summary>
/// <param name="Name">The name, for example <c>train</c>.</param>
/// <param name="Split">Which rows; null: all of the snapshot.</param>
/// <param name="Rows">The number of rows; null: not counted.</param>
/// <param name="Digest">The digest of the rows' values without regard to their order, in hexadecimal; null: not digested.</param>
/// <param name="OrderedDigest">The digest of the rows' values in the canonical order, in hexadecimal; null: not digested.</param>
public sealed record ManifestSplit(string Name, DatasetSplit? Split, long? Rows = null, string? Digest = null, string? OrderedDigest = null);
