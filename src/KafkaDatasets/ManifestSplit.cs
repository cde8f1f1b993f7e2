namespace KafkaDatasets;

/// <summary>A named part of a topic's rows, as recorded in a <see cref="DatasetManifest"/>.</summary>
/// <param name="Name">The name, for example <c>train</c>.</param>
/// <param name="Split">The rows that belong to it; null for all rows of the snapshot.</param>
/// <param name="Rows">The number of rows; null if they were not counted. Default null.</param>
/// <param name="Digest">The digest of the rows' values, independent of their order, in hexadecimal; null if it was not computed. Default null.</param>
/// <param name="OrderedDigest">The digest of the rows' values in the canonical order, in hexadecimal; null if it was not computed. Default null.</param>
public sealed record ManifestSplit(string Name, DatasetSplit? Split, long? Rows = null, string? Digest = null, string? OrderedDigest = null);
