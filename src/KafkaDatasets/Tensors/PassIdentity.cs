namespace KafkaDatasets.Tensors;

/// <summary>What a read state belongs to.</summary>
/// <param name="Topic">The topic's name; empty for several topics.</param>
/// <param name="Snapshot">The fingerprint of the snapshot, or of the snapshots, splits and proportions of several topics.</param>
/// <param name="Shuffle">The shuffle; null for the canonical order.</param>
/// <param name="Split">The split, as <see cref="ReadState"/> names it; null for every row.</param>
internal sealed record PassIdentity(string Topic, string Snapshot, Shuffle? Shuffle, string? Split);
