namespace SusyDemo.Network;

/// <summary>One pass over the rows; each epoch has its own shuffled order.</summary>
/// <param name="Seed">The seed of the training.</param>
/// <param name="Number">The number of the pass, from 1.</param>
/// <param name="ResumeFrom">The <see cref="IRowBatch.State"/> after which the pass goes on; null: from its start.</param>
/// <param name="Rank">Which of the processes that share each batch this one is.</param>
/// <param name="World">How many processes share each batch.</param>
internal sealed record Epoch(int Seed, int Number, string? ResumeFrom, int Rank, int World);
