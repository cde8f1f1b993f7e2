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

    public int Passes { get; private set; }

    public static InMemoryEvents From(IEventSource source)
    {
        string[] features = [.. source.Fields.Skip(1)];
        int[] indexes = [.. features.Select(f => SusyFields.IndexOf(f))];
        SusyRecord[] records = [.. source.Read()];
        return new InMemoryEvents(features, [.. records.SelectMany(r => indexes.Select(i => r[i]))], [.. records.Select(r => r.signal)]);
    }

    public async IAsyncEnumerable<IRowBatch> ReadBatchesAsync(int batchSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Passes++;
        for (int start = 0; start < _labels.Length; start += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int rows = Math.Min(batchSize, _labels.Length - start);
            yield return new Batch(_features.AsMemory(start * Features.Count, rows * Features.Count), _labels.AsMemory(start, rows));
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

    private sealed class Batch(ReadOnlyMemory<float> features, ReadOnlyMemory<float> labels) : IRowBatch
    {
        public int Rows => labels.Length;

        public ReadOnlySpan<float> Features => features.Span;

        public ReadOnlySpan<float> Labels => labels.Span;

        public void Dispose()
        {
        }
    }
}
