namespace KafkaDatasets;

/// <summary>What a scorer has written.</summary>
/// <param name="Rows">The number of rows whose scores are committed.</param>
/// <param name="Batches">The number of batches that these rows were read in.</param>
/// <param name="Commits">The number of commits: transactions, or commits of offsets.</param>
/// <param name="Aborted">The number of transactions that were aborted; their rows were scored again.</param>
/// <param name="DeadLetters">The number of records written to the dead-letter topic.</param>
public sealed record ScoringTotals(long Rows, long Batches, long Commits, long Aborted, long DeadLetters);
