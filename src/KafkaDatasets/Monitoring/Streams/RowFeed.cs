using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>The rows of a topic, from its history or as they come.</summary>
internal abstract class RowFeed : IAsyncDisposable
{
    public abstract DatasetSchema Schema { get; }

    public abstract ColumnRoles Roles { get; }

    /// <summary>The layout of the blocks.</summary>
    public RowLayout Layout { get; protected set; } = null!;

    /// <summary>The event time that the topic has been read to.</summary>
    public abstract EventClock Clock { get; }

    /// <summary>The share of the rows that has been read; NaN if it is not known.</summary>
    public virtual double Progress => double.NaN;

    /// <summary>Chooses the columns of <see cref="Layout"/>, besides the label.</summary>
    /// <param name="withFeatures">Whether features are wanted.</param>
    /// <param name="numbers">Columns that are wanted as 32-bit floating-point numbers.</param>
    /// <param name="columns">Columns that are wanted as they are.</param>
    /// <param name="blockRows">The maximum number of rows of a block.</param>
    public abstract void Choose(bool withFeatures, IReadOnlyList<TensorColumn> numbers, IReadOnlyList<string> columns, int blockRows);

    /// <summary>The next block, which is valid until the next call; null at the end.</summary>
    public abstract ValueTask<RowBlock?> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Moves the clock after a block was read.</summary>
    public abstract void OnRead(RowBlock block);

    public abstract ValueTask DisposeAsync();
}
