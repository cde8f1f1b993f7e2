using KafkaDatasets.Live;

namespace KafkaDatasets;

/// <summary>
/// The present of a topic, followed as a member of a consumer group: batches by rows and by time, each with the offsets that it covers, committed when the caller says so.
/// </summary>
/// <remarks>
/// <para>The member keeps its place in the group however long the caller works on a batch. What lies behind is caught up with by the fetch engine of bounded reads.</para>
/// <para>Events are raised on the member's own thread: handlers must be short.</para>
/// </remarks>
/// <example>
/// <code>
/// await using KafkaLiveDataset live = await KafkaLiveDataset.JoinAsync("payments", options, new LiveOptions { GroupId = "trainer" });
/// await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.CaughtUp }))
/// {
///     using (batch)
///     {
///         Console.WriteLine(batch.Tensors.Rows);   // learn from the rows here
///         await batch.CommitAsync();
///     }
/// }
/// </code>
/// </example>
public sealed class KafkaLiveDataset : IAsyncDisposable
{
    private readonly LiveSession _session;

    private KafkaLiveDataset(LiveSession session) => _session = session;

    /// <summary>Raised when the member was given partitions.</summary>
    public event EventHandler<PartitionsChangedEventArgs>? PartitionsAssigned;

    /// <summary>Raised when partitions go to another member; what was finished of them is committed.</summary>
    public event EventHandler<PartitionsChangedEventArgs>? PartitionsRevoked;

    /// <summary>Raised when partitions have gone to another member already, for example because brokers have not heard of this one for too long; nothing of them is committed any more.</summary>
    public event EventHandler<PartitionsChangedEventArgs>? PartitionsLost;

    /// <summary>The topic.</summary>
    public string Topic => _session.Topic;

    /// <summary>The columns.</summary>
    public DatasetSchema Schema => _session.Dataset.Schema;

    /// <summary>The names of the features, in the order in which a batch holds them.</summary>
    public IReadOnlyList<string> Features => _session.Dataset.Features;

    /// <summary>The partitions that the member has now, ascending.</summary>
    public IReadOnlyList<int> Assignment => _session.Assignment;

    /// <summary>How many records have been left out under <see cref="BadRecordPolicy.Skip"/>.</summary>
    public long SkippedRecords => _session.Dataset.SkippedRecords;

    /// <summary>Joins a consumer group.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">Where the topic is, and what a row is; its range must be <see cref="TopicRange.All"/>.</param>
    /// <param name="live">The group, and where it begins.</param>
    /// <param name="cancellationToken">Cancels joining.</param>
    /// <returns>The live dataset; dispose it to leave the group.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was denied.</exception>
    /// <exception cref="TopicNotFoundException">The topic does not exist.</exception>
    /// <exception cref="SchemaException">The registry has no schema for the topic, or cannot be reached.</exception>
    public static async Task<KafkaLiveDataset> JoinAsync(string topic, KafkaDatasetOptions options, LiveOptions live, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(live);
        live.Validate(options);
        KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, options, cancellationToken).ConfigureAwait(false);
        try
        {
            var session = new LiveSession(dataset, options, live);
            var result = new KafkaLiveDataset(session);
            session.Changed += result.OnChanged;
            session.Start();
            return result;
        }
        catch
        {
            await dataset.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Follows the member's partitions from where the group has committed, or from where the last read of this member ended. One read at a time.</summary>
    /// <param name="options">What a batch holds and when the read ends; null: the defaults.</param>
    /// <param name="cancellationToken">Ends the read with <see cref="OperationCanceledException"/>; the member stays in the group.</param>
    /// <returns>The batches; dispose each of them.</returns>
    /// <exception cref="InvalidOptionsException">At the call: the options are invalid; the message lists every problem found.</exception>
    public IAsyncEnumerable<LiveBatch> ReadBatchesAsync(LiveBatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new LiveBatchOptions();
        options.Validate();
        return _session.ReadAsync(options, _session.LayoutOf(options), cancellationToken);
    }

    /// <summary>How many offsets lie between what was given and the end of the log, in each partition of the member.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The lag by partition.</returns>
    /// <exception cref="BrokerException">The brokers did not respond in time.</exception>
    public ValueTask<IReadOnlyDictionary<int, long>> GetLagAsync(CancellationToken cancellationToken = default) => _session.GetLagAsync(cancellationToken);

    /// <summary>Leaves the group: batches that were committed stay committed, all others are read again by the next member.</summary>
    /// <returns>A task.</returns>
    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private void OnChanged(PartitionsChange change, IReadOnlyList<int> partitions) => (change switch
    {
        PartitionsChange.Assigned => PartitionsAssigned,
        PartitionsChange.Revoked => PartitionsRevoked,
        PartitionsChange.Lost => PartitionsLost,
        _ => throw new System.Diagnostics.UnreachableException(),
    })?.Invoke(this, new PartitionsChangedEventArgs(partitions));
}
