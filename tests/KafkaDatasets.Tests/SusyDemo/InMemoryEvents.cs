using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using SusyDemo.Data;
using SusyDemo.Network;
using SusyDemo.Training;

namespace KafkaDatasets.Tests.SusyDemo;

/// <summary>Events in arrays, for learners, without a topic.</summary>
internal sealed class InMemoryEvents : IEventData, IBatchSource
{
    private readonly float[] _features;
    private readonly float[] _labels;

    public InMemoryEvents(IReadOnlyList<string> features, float[] values, float[] labels)
    {
        Features = features;
        _features = values;
        _labels = labels;
    }

    public IReadOnlyList<string> Features { get; }

    public IBatchSource Batches => this;

    public long Rows => _labels.Length;

    public string Snapshot => "in memory";

    public int Passes { get; private set; }

    /// <summary>Throws in the middle of the training: after so many batches of epochs.</summary>
    public int FailAfter { get; set; } = int.MaxValue;

    public static InMemoryEvents From(IEventSource source)
    {
        string[] features = [.. source.Fields.Skip(1)];
        int[] indexes = [.. features.Select(f => SusyFields.IndexOf(f))];
        SusyRecord[] records = [.. source.Read()];
        return new InMemoryEvents(features, [.. records.SelectMany(r => indexes.Select(i => r[i]))], [.. records.Select(r => r.signal)]);
    }

    public async IAsyncEnumerable<IRowBatch> ReadBatchesAsync(int batchSize, Epoch? epoch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Passes++;
        int[] order = [.. Enumerable.Range(0, _labels.Length)];
        if (epoch is not null)
        {
            new Random((epoch.Seed * 1000) + epoch.Number).Shuffle(order);
        }

        for (int start = int.Parse(epoch?.ResumeFrom ?? "0", CultureInfo.InvariantCulture); start < _labels.Length; start += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (epoch is not null && FailAfter-- == 0)
            {
                throw new IOException("interrupted");
            }

            int[] batch = order[start..Math.Min(start + batchSize, _labels.Length)];
            int[] rows = epoch is null ? batch : batch[(batch.Length * epoch.Rank / epoch.World)..(batch.Length * (epoch.Rank + 1) / epoch.World)];
            yield return new Batch(
                rows,
                rows.SelectMany(r => _features[(r * Features.Count)..((r + 1) * Features.Count)]).ToArray(),
                rows.Select(r => _labels[r]).ToArray(),
                (start + batch.Length).ToString(CultureInfo.InvariantCulture));
        }

        await Task.CompletedTask;
    }

    public IDataView ToDataView(MLContext ml)
    {
        int width = Features.Count;
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, width);
        schema[nameof(Row.Features)].AddAnnotation(
            "SlotNames", new VBuffer<ReadOnlyMemory<char>>(width, [.. Features.Select(f => f.AsMemory())]), new VectorDataViewType(TextDataViewType.Instance, width));
        Row[] rows = [.. _labels.Select((label, i) => new Row { Label = label > 0.5f, Features = _features[(i * width)..((i + 1) * width)] })];
        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    private sealed class Row
    {
        public bool Label { get; set; }

        public float[] Features { get; set; } = [];
    }

    private sealed class Batch(int[] ids, ReadOnlyMemory<float> features, ReadOnlyMemory<float> labels, string state) : IRowBatch
    {
        public int Rows => labels.Length;

        public string State => state;

        public ReadOnlySpan<float> Features => features.Span;

        public ReadOnlySpan<float> Labels => labels.Span;

        public ulong RowId(int row) => (ulong)ids[row];

        public void Dispose()
        {
        }
    }
}
