using KafkaDatasets.Live;

namespace KafkaDatasets;

/// <summary>
/// A topic read continuously as a member of a consumer group, in batches limited by rows and by time; the caller commits the offsets of each batch.
/// </summary>
/// <remarks>
/// <para>The member stays in the group however long the caller works on a batch. A backlog is read by the same fetch engine as bounded datasets.</para>
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

    internal LiveSession Session => _session;

    /// <summary>Raised when partitions have been assigned to the member.</summary>
    public event EventHandler<PartitionsChangedEventArgs>? PartitionsAssigned;

    /// <summary>Raised when partitions are reassigned to another member; offsets of batches that the caller has committed are stored first.</summary>
    public event EventHandler<PartitionsChangedEventArgs>? PartitionsRevoked;

    /// <summary>Raised when partitions already belong to another member, for example because the brokers have not heard from this member for too long; their offsets can no longer be committed.</summary>
    public event EventHandler<PartitionsChangedEventArgs>? PartitionsLost;

    /// <summary>The topic's name.</summary>
    public string Topic => _session.Topic;

    /// <summary>The columns of the dataset.</summary>
    public DatasetSchema Schema => _session.Dataset.Schema;

    /// <summary>The names of the features, in the order in which a batch holds them.</summary>
    public IReadOnlyList<string> Features => _session.Dataset.Features;

    /// <summary>The partitions currently assigned to the member, in ascending order.</summary>
    public IReadOnlyList<int> Assignment => _session.Assignment;

    /// <summary>The number of records that have been skipped under <see cref="BadRecordPolicy.Skip"/>.</summary>
    public long SkippedRecords => _session.Dataset.SkippedRecords;

    /// <summary>Joins a consumer group to read a topic continuously.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">The cluster and what a row is; the range must be <see cref="TopicRange.All"/>.</param>
    /// <param name="live">The consumer group, and where it starts reading.</param>
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
        return await JoinAsAsync(topic, options, live, (dataset, hasConsumerProtocol) => new LiveSession(dataset, options, live, hasConsumerProtocol), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Joins a consumer group with a session that is created after the options have been validated, and with options that may depend on the schema.</summary>
    internal static async Task<KafkaLiveDataset> JoinAsAsync(
        string topic,
        KafkaDatasetOptions options,
        LiveOptions live,
        Func<KafkaDataset, bool, LiveSession> createSession,
        CancellationToken cancellationToken,
        Func<DatasetSchema, KafkaDatasetOptions>? bind = null)
    {
        live.Validate(options);
        KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, options, bind, cancellationToken).ConfigureAwait(false);
        try
        {
            bool hasConsumerProtocol = await dataset.Engine.HasConsumerProtocolAsync(cancellationToken).ConfigureAwait(false);
            LiveSession session = createSession(dataset, hasConsumerProtocol);
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

    /// <summary>Reads the member's partitions from the group's committed offsets, or from where this member's previous read ended. Only one read can run at a time.</summary>
    /// <param name="options">What a batch holds and when the read ends; null uses the defaults.</param>
    /// <param name="cancellationToken">Ends the read with an <see cref="OperationCanceledException"/>; the member stays in the group.</param>
    /// <returns>The batches; dispose each of them.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found. Thrown by the call itself, before the enumeration.</exception>
    public IAsyncEnumerable<LiveBatch> ReadBatchesAsync(LiveBatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new LiveBatchOptions();
        options.Validate();
        return _session.ReadAsync(options, _session.LayoutOf(options, isDataset: true), cancellationToken);
    }

    /// <summary>Gets the lag of each assigned partition: the number of offsets between the last batch returned and the end of the log.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The lag in offsets, by partition.</returns>
    /// <exception cref="BrokerException">The brokers did not respond in time.</exception>
    /// <exception cref="ObjectDisposedException">The live dataset is disposed.</exception>
    public ValueTask<IReadOnlyDictionary<int, long>> GetLagAsync(CancellationToken cancellationToken = default)
    {
        _session.ThrowIfDisposed();
        return _session.GetLagAsync(cancellationToken);
    }

    /// <summary>Leaves the group. Committed batches stay committed; the next member reads all others again.</summary>
    /// <returns>A task that completes when the member has left the group.</returns>
    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private void OnChanged(PartitionsChange change, IReadOnlyList<int> partitions) => (change switch
    {
        PartitionsChange.Assigned => PartitionsAssigned,
        PartitionsChange.Revoked => PartitionsRevoked,
        PartitionsChange.Lost => PartitionsLost,
        _ => throw new System.Diagnostics.UnreachableException(),
    })?.Invoke(this, new PartitionsChangedEventArgs(partitions));
}
