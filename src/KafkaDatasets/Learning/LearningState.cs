using System.Collections.Concurrent;
using System.Text;
using KafkaDatasets.Diagnostics;

namespace KafkaDatasets.Learning;

/// <summary>What a checkpoint holds, while it changes: the learner, the metrics, the detector, and the positions up to which rows have been learned.</summary>
internal sealed class LearningState(IOnlineLearner learner, DriftDetector? detector)
{
    private readonly ConcurrentDictionary<int, long> _positions = new();
    private readonly Prequential _prequential = new(learner.Task, learner.IsCalibrated);
    private float[] _scores = [];

    /// <summary>Called for each change that the detector finds, with the number of rows, the partition and the offset.</summary>
    public Action<long, int, long>? OnChange { get; init; }

    public IOnlineLearner Learner => learner;

    public DriftDetector? Detector { get; private set; } = detector;

    /// <summary>The offset after the last one learned, by partition; the group member's thread reads it too.</summary>
    public IReadOnlyDictionary<int, long> Positions => _positions;

    public PrequentialMetrics Metrics => _prequential.Metrics;

    /// <summary>Learns arranged rows of a topic, which cover ranges.</summary>
    /// <exception cref="LearningException">The learner, or a handler of the detector's changes, has failed: the state is that of a part of the rows.</exception>
    public void Learn(ArrangedRows rows, string topic, IReadOnlyList<PartitionRange> ranges)
    {
        try
        {
            Learn(rows);
        }
        catch (Exception e)
        {
            throw new LearningException($"Learning rows of topic '{topic}' ({string.Join("; ", ranges)}) with {learner.Name} failed: {Sentence.Of(Sentence.Message(e))} The learner has learned a part of them, which is not saved: start again from a checkpoint, with rows and a learner that fit each other.", e)
            {
                Topic = topic,
                Partition = ranges.Count > 0 ? ranges[0].Partition : null,
                Offset = ranges.Count > 0 ? ranges[0].Start : null,
            };
        }

        foreach (PartitionRange range in ranges)
        {
            _positions[range.Partition] = range.End;
        }
    }

    private void Learn(ArrangedRows rows)
    {
        if (rows.Rows > _scores.Length)
        {
            _scores = new float[Math.Max(rows.Rows, 2 * _scores.Length)];
        }

        Span<float> scores = _scores.AsSpan(0, rows.Rows);
        learner.Learn(rows.Features, rows.Labels, scores);
        _prequential.Add(scores, rows.Labels);
        if (Detector is not null)
        {
            Detect(Detector, rows, scores);
        }
    }

    /// <summary>Sets the positions of partitions that have none: no row of them has been learned yet.</summary>
    public void AddPositions(IReadOnlyDictionary<int, long> starts)
    {
        foreach ((int partition, long start) in starts)
        {
            _positions.TryAdd(partition, start);
        }
    }

    public LearningCheckpoint ToCheckpoint(long number, DateTimeOffset time, DatasetSnapshot snapshot, string group, string label, DatasetSplit? split, LearnedSchema schema)
    {
        using var state = new MemoryStream();
        learner.Save(state);
        using var metrics = new MemoryStream();
        using (var writer = new BinaryWriter(metrics, Encoding.UTF8, leaveOpen: true))
        {
            _prequential.Save(writer);
        }

        return new LearningCheckpoint
        {
            Number = number,
            CreatedAt = time,
            Topic = snapshot.Topic,
            TopicId = snapshot.TopicId,
            GroupId = group,
            Rows = learner.Rows,
            Positions = new SortedDictionary<int, long>(_positions),
            Learner = learner.Name,
            Settings = learner.Settings,
            Features = learner.Features,
            Task = learner.Task,
            IsCalibrated = learner.IsCalibrated,
            Label = label,
            Split = ReadState.NameOf(split) ?? "",
            Schema = schema.Name,
            SchemaSource = schema.Source,
            WriterSchemas = schema.WriterIds,
            ColumnTypes = schema.ColumnTypes,
            Metrics = Metrics,
            Detector = Detector?.ToJson(),
            LearnerState = state.ToArray(),
            MetricsState = metrics.ToArray(),
        };
    }

    /// <exception cref="CheckpointException">The checkpoint is of another learner or detector.</exception>
    public void Restore(LearningCheckpoint checkpoint)
    {
        checkpoint.Restore(learner);
        _prequential.Load(new BinaryReader(new MemoryStream(checkpoint.MetricsState, writable: false), Encoding.UTF8));
        foreach ((int partition, long position) in checkpoint.Positions)
        {
            _positions[partition] = position;
        }

        if (Detector is not null && checkpoint.Detector is { } saved)
        {
            DriftDetector restored = DriftDetector.Parse(saved);
            if (restored.Name != Detector.Name)
            {
                throw new CheckpointException(FormattableString.Invariant($"Checkpoint {checkpoint.Number} has the state of the detector {restored.Name}, but {nameof(OnlineTrainerOptions)}.{nameof(OnlineTrainerOptions.Detector)} is {Detector.Name}: use the same detector, or none.")) { Location = checkpoint.Location, Topic = checkpoint.Topic };
            }

            Detector = restored;
        }
    }

    private void Detect(DriftDetector detector, ArrangedRows rows, ReadOnlySpan<float> scores)
    {
        ReadOnlySpan<float> labels = rows.Labels;
        bool isBinary = learner.Task == OnlineTask.BinaryClassification;
        for (int i = 0; i < scores.Length; i++)
        {
            if (!float.IsFinite(labels[i]) || !float.IsFinite(scores[i]))
            {
                continue; // a model of ML.NET gives no score to a row with a missing feature
            }

            double error = isBinary ? (scores[i] > 0 == labels[i] > 0.5f ? 0 : 1) : Math.Abs((double)scores[i] - labels[i]);
            if (detector.Add(error) == DriftLevel.Change)
            {
                OnChange?.Invoke(detector.Count, rows.Partitions[i], rows.Offsets[i]);
            }
        }
    }
}
