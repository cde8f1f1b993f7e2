using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using KafkaDatasets.LightGbm.Engine;

namespace KafkaDatasets.LightGbm.Training;

/// <summary>Streams rows from tensor batches into LightGBM's memory. It blocks, since all of LightGBM's work for a training belongs on one thread.</summary>
internal sealed class RowLoader(EngineParameters parameters, LightGbmOptions options, Action<long> report, CancellationToken cancellationToken)
{
    /// <summary>How many rows of a rank are read and pushed at a time.</summary>
    private const int RowsPerBatch = 8192;

    /// <summary>How many rows are read for each row of the sample at most; of larger datasets, shuffled rows are read until there are enough.</summary>
    private const int MostReadPerSampled = 16;

    /// <summary>The number of categories that a 32-bit number tells apart, and that ML.NET's trees can have slots for.</summary>
    private const int MostCategories = 1 << 24;

    private long _rows;

    /// <summary>Reads rows that are spread over the whole dataset, for the bins.</summary>
    public BinSample Sample(KafkaDataset dataset)
    {
        int most = (int)Math.Min(options.SampleRows, dataset.Snapshot.Length);
        var sample = new BinSample(dataset.Features, most, options.Seed);
        try
        {
            // Reading all rows in order is faster than finding a part of them, unless that is a small part.
            bool isSmallPart = dataset.Snapshot.Length > (long)MostReadPerSampled * most;
            var order = new BatchOptions { BatchSize = Math.Clamp(most, 1, RowsPerBatch), Shuffle = isSmallPart ? Shuffle.Seeded(options.Seed, 0) : null };
            foreach (TensorBatch batch in Batches(dataset, order))
            {
                ReadOnlySpan<float> features = Flat(batch.Features);
                for (int i = 0; i < batch.Rows; i++)
                {
                    sample.Add(features.Slice(i * dataset.Features.Count, dataset.Features.Count));
                }

                if (isSmallPart && sample.Added >= most)
                {
                    break;
                }
            }

            sample.Complete();
            return sample;
        }
        catch
        {
            sample.Dispose();
            throw;
        }
    }

    /// <summary>Loads this rank's rows.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="reference">The bins.</param>
    /// <param name="start">The model whose scores are the initial ones; null: none.</param>
    public RankRows Load(KafkaDataset dataset, byte[] reference, NativeBooster? start)
    {
        if (options.Group is { } group)
        {
            return LoadQueries(dataset, group, reference, start);
        }

        Shard shard = options.World.Shard;
        int columns = dataset.Features.Count;
        int classes = parameters.ScoresPerRow;
        int allocated = MostRows(dataset.Snapshot);
        if (allocated == 0)
        {
            return new RankRows(null, 0, 0);
        }

        NativeDataset rows = NativeDataset.Create(reference, allocated, classes, options.Weight is not null, start is not null, parameters.Dataset);
        try
        {
            double weight = 0;
            int count = 0;
            double[] scores = start is null ? [] : new double[RowsPerBatch * classes];
            double[] byClass = start is null || classes == 1 ? scores : new double[RowsPerBatch * classes];
            var order = new BatchOptions { BatchSize = checked(RowsPerBatch * shard.World), Shard = shard, Tensors = options.Weight is null ? [] : [options.Weight] };
            foreach (TensorBatch batch in Batches(dataset, order))
            {
                if (batch.Rows == 0)
                {
                    continue;
                }

                ReadOnlySpan<float> features = Flat(batch.Features);
                ReadOnlySpan<float> labels = Flat(batch.Labels);
                ReadOnlySpan<float> weights = options.Weight is null ? [] : Flat(batch[options.Weight]);
                Check(batch, dataset, features, labels, weights);
                ReadOnlySpan<double> initial = [];
                if (start is not null)
                {
                    start.PredictRaw(features, batch.Rows, columns, parameters.Prediction, scores);
                    Transpose(scores, byClass, batch.Rows, classes);
                    initial = byClass.AsSpan(0, batch.Rows * classes);
                }

                rows.Push(count, batch.Rows, columns, features, labels, weights, initial);
                count += batch.Rows;
                weight += weights.IsEmpty ? batch.Rows : TensorPrimitives.Sum(weights);
                report(_rows += batch.Rows);
            }

            if (count == 0)
            {
                rows.Dispose();
                return new RankRows(null, 0, 0);
            }

            return new RankRows(rows.Finish(count, allocated, parameters.Dataset), count, weight);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>Loads the rows of this rank's queries, each query's side by side.</summary>
    private RankRows LoadQueries(KafkaDataset dataset, string group, byte[] reference, NativeBooster? start)
    {
        TensorColumn query = TensorColumn.Int64(group);
        var plan = new QueryPlan(options.World.Shard);
        foreach (TensorBatch batch in Batches(dataset, new BatchOptions { BatchSize = RowsPerBatch, Tensors = [query] }))
        {
            foreach (long q in Flat(batch.Get<long>(group)))
            {
                plan.Count(q);
            }
        }

        if (plan.Rows == 0)
        {
            return new RankRows(null, 0, 0);
        }

        int allocated = plan.Rows <= int.MaxValue ? (int)plan.Rows : throw TooMany(plan.Rows, dataset.Snapshot.Topic);
        plan.Begin();
        int columns = dataset.Features.Count;
        NativeDataset rows = NativeDataset.Create(reference, allocated, parameters.ScoresPerRow, options.Weight is not null, start is not null, parameters.Dataset);
        try
        {
            var own = new QueryBatch(columns);
            double[] weightOfQuery = new double[plan.Counts.Count];
            double[] scores = start is null ? [] : new double[RowsPerBatch];
            foreach (TensorBatch batch in Batches(dataset, new BatchOptions { BatchSize = RowsPerBatch, Tensors = options.Weight is null ? [query] : [query, options.Weight] }))
            {
                ReadOnlySpan<float> labels = Flat(batch.Labels);
                ReadOnlySpan<float> weights = options.Weight is null ? [] : Flat(batch[options.Weight]);
                ReadOnlySpan<float> features = Flat(batch.Features);
                Check(batch, dataset, features, labels, weights);
                own.Take(plan, Flat(batch.Get<long>(group)), features, labels, weights);
                if (own.Count == 0)
                {
                    continue;
                }

                start?.PredictRaw(own.Features, own.Count, columns, parameters.Prediction, scores);
                foreach ((int from, int count, int place) in own.Runs())
                {
                    rows.Push(place, count, columns, own.FeaturesOf(from, count), own.LabelsOf(from, count), own.WeightsOf(from, count), start is null ? [] : scores.AsSpan(from, count));
                }

                own.AddWeights(weightOfQuery);
                report(_rows += own.Count);
            }

            NativeDataset finished = rows.Finish(allocated, allocated, parameters.Dataset);
            finished.SetQueries([.. plan.Counts]);

            // LightGBM's metrics weigh a query by the mean weight of its rows.
            return new RankRows(finished, allocated, weightOfQuery.Zip(plan.Counts, (w, rows) => w / rows).Sum());
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    private static LightGbmException TooMany(long rows, string topic) =>
        new(FormattableString.Invariant($"This rank would get {rows} rows of topic '{topic}', and LightGBM holds at most {int.MaxValue}: use more ranks, or a smaller range.")) { Topic = topic };

    /// <summary>The largest number of rows that this rank can get, if every offset is a row.</summary>
    private int MostRows(DatasetSnapshot snapshot)
    {
        long step = (long)RowsPerBatch * options.World.Size;
        long most = (snapshot.Length / step * RowsPerBatch) + ((snapshot.Length % step + options.World.Size - 1) / options.World.Size);
        return most <= int.MaxValue
            ? (int)most
            : throw TooMany(most, snapshot.Topic);
    }

    private IEnumerable<TensorBatch> Batches(KafkaDataset dataset, BatchOptions order)
    {
        IAsyncEnumerator<TensorBatch> batches = dataset.ReadBatchesAsync(order, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (batches.MoveNextAsync().AsTask().GetAwaiter().GetResult())
            {
                using TensorBatch batch = batches.Current;
                yield return batch;
            }
        }
        finally
        {
            batches.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private void Check(TensorBatch batch, KafkaDataset dataset, ReadOnlySpan<float> features, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights)
    {
        int row = FirstInvalid(labels, 0, parameters.Label == LabelKind.Category ? parameters.ScoresPerRow : 0);
        string what = "label";
        if (row < 0 && options.Group is not null)
        {
            row = FirstThatIsNoGrade(labels, options.Grades);
            what = "grade";
        }

        float value = row >= 0 ? labels[row] : 0;
        if (row < 0 && !weights.IsEmpty)
        {
            row = FirstNegative(weights);
            what = "weight";
            value = row >= 0 ? weights[row] : 0;
        }

        for (int column = 0; row < 0 && column < dataset.Features.Count; column++)
        {
            if (options.CategoricalFeatures.Contains(dataset.Features[column]) && FirstThatIsNoCategory(features, column, dataset.Features.Count) is >= 0 and int found)
            {
                row = found;
                what = $"category '{dataset.Features[column]}'";
                value = features[(row * dataset.Features.Count) + column];
            }
        }

        if (row >= 0)
        {
            string topic = dataset.Snapshot.Topic;
            throw new LightGbmException(FormattableString.Invariant(
                $"Topic '{topic}', partition {batch.Partitions[row]}, offset {batch.Offsets[row]}: the {what} is {(float.IsNaN(value) ? Missing(what) : FormattableString.Invariant($"{value}"))}, which LightGBM cannot train from. Leave such records out with a range or a split."))
            {
                Topic = topic,
                Partition = batch.Partitions[row],
                Offset = batch.Offsets[row],
            };
        }
    }

    /// <remarks>A class that is not listed is a missing value in a tensor.</remarks>
    private string Missing(string what) => what == "label" && parameters.Label == LabelKind.Category ? "missing, or none of the dataset's categories" : "missing";

    private static int FirstInvalid(ReadOnlySpan<float> labels, float least, int classes)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            if (!float.IsFinite(labels[i]) || (classes > 0 && (labels[i] < least || labels[i] >= classes)))
            {
                return i;
            }
        }

        return -1;
    }

    private static int FirstThatIsNoGrade(ReadOnlySpan<float> labels, int grades)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] < 0 || labels[i] >= grades || labels[i] != MathF.Truncate(labels[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Finds a category that LightGBM would round or could not tell from another. Missing and negative ones are missing values.</summary>
    private static int FirstThatIsNoCategory(ReadOnlySpan<float> features, int column, int columns)
    {
        for (int row = 0, i = column; i < features.Length; row++, i += columns)
        {
            if (features[i] >= MostCategories || (features[i] != MathF.Truncate(features[i]) && !float.IsNaN(features[i])) || float.IsInfinity(features[i]))
            {
                return row;
            }
        }

        return -1;
    }

    private static int FirstNegative(ReadOnlySpan<float> weights)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0) || !float.IsFinite(weights[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>From the scores of each row side by side to those of each class.</summary>
    private static void Transpose(double[] scores, double[] byClass, int rows, int classes)
    {
        if (classes == 1)
        {
            return;
        }

        for (int row = 0; row < rows; row++)
        {
            for (int k = 0; k < classes; k++)
            {
                byClass[(k * rows) + row] = scores[(row * classes) + k];
            }
        }
    }

    private static ReadOnlySpan<T> Flat<T>(ReadOnlyTensorSpan<T> tensor) =>
        tensor.FlattenedLength == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(in tensor.GetPinnableReference(), (int)tensor.FlattenedLength); // GetSpan refuses more rows than one of a single feature
}
