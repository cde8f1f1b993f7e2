using System.Diagnostics;
using KafkaDatasets.IntegrationTests.Fetching;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Reads a topic in every way at the same time, makes a fault when each is in the middle, and waits for what comes of it.</summary>
internal sealed class FaultyRead
{
    /// <summary>The brokers; by default those behind the proxies of <see cref="ThreeNodes"/>.</summary>
    public string? Servers { get; init; }

    public IReadOnlyDictionary<string, string> ClientConfig { get; init; } = new Dictionary<string, string>();

    public TopicRange Range { get; init; } = TopicRange.All;

    public IReadOnlyList<Way> Ways { get; init; } = Way.All;

    /// <summary>How many rows each way reads before the fault; less than 0: the fault is made while it is opened.</summary>
    public int AfterRows { get; init; } = 500;

    /// <summary>Makes the fault.</summary>
    public Func<Task> Fault { get; init; } = () => Task.CompletedTask;

    /// <summary>The dataset's <see cref="KafkaDatasetOptions.Timeout"/>, in seconds.</summary>
    public double Timeout { get; init; } = 60;

    /// <summary>How many seconds after the fault a read counts as hanging.</summary>
    public double Deadline { get; init; } = 120;

    public DataLossPolicy OnDataLoss { get; init; } = DataLossPolicy.Throw;

    public BadRecordPolicy OnBadRecord { get; init; } = BadRecordPolicy.Throw;

    /// <summary>So little that each partition is fetched in many pieces.</summary>
    public long PrefetchBytes { get; init; } = 1 << 20;

    public ILoggerFactory? LoggerFactory { get; init; }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <exception cref="TimeoutException">One of the reads hangs.</exception>
    public async Task<Outcome[]> RunAsync(FaultTopic topic)
    {
        Read[] reads = [.. Ways.Select(way => new Read(this, topic, way))];
        foreach (Read read in reads)
        {
            read.Start();
        }

        if (AfterRows >= 0)
        {
            await Task.WhenAll(reads.Select(r => Task.WhenAny(r.Reached, r.Outcome))).WaitAsync(TimeSpan.FromSeconds(Deadline), Cancelled);
            Assert.All(reads, r => Assert.False(r.Outcome.IsCompleted, $"{r.Way} has ended before the fault: {(r.Outcome.IsCompleted ? r.Outcome.Result : null)}"));
        }

        Task fault = Task.Run(Fault, Cancelled);
        if (AfterRows >= 0)
        {
            await InTimeAsync(fault, () => $"The fault is not made after {Deadline} s.");
            await fault;
        }

        foreach (Read read in reads)
        {
            read.GoOn();
        }

        Task<Outcome[]> outcomes = Task.WhenAll(reads.Select(r => r.Outcome));
        await InTimeAsync(outcomes, () => $"After {Deadline} s: {string.Join("; ", reads.Select(r => r.Outcome.IsCompleted ? r.Outcome.Result.ToString() : $"{r.Way} hangs after {r.Count} rows"))}");
        await fault;
        Outcome[] done = await outcomes;
        foreach (Outcome outcome in done)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(outcome.ToString());
        }

        return done;
    }

    private async Task InTimeAsync(Task task, Func<string> late)
    {
        if (await Task.WhenAny(task, Task.Delay(TimeSpan.FromSeconds(Deadline), Cancelled)) != task)
        {
            throw new TimeoutException(late());
        }
    }

    private KafkaDatasetOptions Options(FaultTopic topic, FetchEngine engine) => new()
    {
        BootstrapServers = Servers ?? topic.Kafka.Cluster!.Addresses(KafkaNode.Proxied),
        ClientConfig = ClientConfig,
        Format = RecordFormat.Avro(LogTopic.Schema),
        Label = LabelColumn.Binary("label"),
        Range = Range,
        Engine = engine,
        Timeout = TimeSpan.FromSeconds(Timeout),
        OnDataLoss = OnDataLoss,
        OnBadRecord = OnBadRecord,
        PrefetchBytes = PrefetchBytes,
        LoggerFactory = LoggerFactory,
    };

    private sealed class Read(FaultyRead settings, FaultTopic topic, Way way)
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<LogRow> _rows = [];
        private long _goneOn = Stopwatch.GetTimestamp();
        private DatasetSnapshot? _snapshot;

        public Way Way => way;

        public int Count => _rows.Count;

        /// <summary>Done when it has read so many rows that the fault may come.</summary>
        public Task Reached => _reached.Task;

        public Task<Outcome> Outcome { get; private set; } = null!;

        public void Start() => Outcome = Task.Run(ReadAsync);

        public void GoOn()
        {
            _goneOn = Stopwatch.GetTimestamp();
            _go.TrySetResult();
        }

        private async Task<Outcome> ReadAsync()
        {
            long skipped = 0;
            Exception? error = null;
            try
            {
                await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic.Name, settings.Options(topic, way.Engine), Cancelled);
                _snapshot = dataset.Snapshot;
                try
                {
                    await (way.ByCursor ? Task.Factory.StartNew(() => ReadCursor(dataset), TaskCreationOptions.LongRunning) : ReadBatchesAsync(dataset));
                }
                finally
                {
                    skipped = dataset.SkippedRecords;
                }
            }
            catch (Exception e)
            {
                error = e;
            }

            return new Outcome(way, _snapshot, _rows, error, Stopwatch.GetElapsedTime(_goneOn), skipped);
        }

        private async Task ReadBatchesAsync(KafkaDataset dataset)
        {
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 100 }, Cancelled))
            {
                using (batch)
                {
                    for (int row = 0; row < batch.Rows; row++)
                    {
                        _rows.Add(new LogRow(batch.Partitions[row], batch.Offsets[row], batch.Labels[row], batch.Features[row, 0]));
                    }
                }

                if (_rows.Count >= settings.AfterRows && settings.AfterRows >= 0)
                {
                    _reached.TrySetResult();
                    await _go.Task;
                }
            }
        }

        private void ReadCursor(KafkaDataset dataset)
        {
            IDataView view = dataset.ToDataView(new MLContext(seed: 1));
            using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Label"], view.Schema["number"]]);
            ValueGetter<bool> getLabel = cursor.GetGetter<bool>(view.Schema["Label"]);
            ValueGetter<float> getNumber = cursor.GetGetter<float>(view.Schema["number"]);
            ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
            bool label = false;
            float number = 0;
            DataViewRowId id = default;
            while (cursor.MoveNext())
            {
                getLabel(ref label);
                getNumber(ref number);
                getId(ref id);
                (int partition, long offset) = Place(dataset.Snapshot, (long)id.Low);
                _rows.Add(new LogRow(partition, offset, label ? 1 : 0, number));
                if (_rows.Count == settings.AfterRows)
                {
                    _reached.TrySetResult();
                    _go.Task.Wait(Cancelled);
                }
            }
        }

        /// <summary>The record that a row's id stands for.</summary>
        private static (int Partition, long Offset) Place(DatasetSnapshot snapshot, long id)
        {
            foreach (PartitionRange range in snapshot.Partitions.OrderBy(p => p.Partition))
            {
                if (id < range.Length)
                {
                    return (range.Partition, range.Start + id);
                }

                id -= range.Length;
            }

            throw new InvalidOperationException($"There is no row {id}.");
        }
    }
}
