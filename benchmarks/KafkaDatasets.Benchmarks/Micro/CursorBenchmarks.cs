using BenchmarkDotNet.Attributes;
using KafkaDatasets.Benchmarks.Topics;
using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.MLNet;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Benchmarks.Micro;

/// <summary>A view's cursor alone, over rows that are decoded already. What is measured is the time of one row.</summary>
public class CursorBenchmarks
{
    private const int RowCount = 1000;

    private IDataView _view = null!;

    [GlobalSetup]
    public void Setup()
    {
        var format = new AvroRecordFormat(SchemaDocument.OfOptions(Confluent.SchemaRegistry.SchemaType.Avro, RecordShape.Susy.Schema), WantedColumns.None);
        ColumnRoles roles = ColumnRoles.Of(format.Schema, new KafkaDatasetOptions { BootstrapServers = "", Label = LabelColumn.Binary(MicroEvents.SusyLabel) });
        var layout = new RowLayout(roles, withFeatures: true, []);
        var block = new RowBlock(layout.Columns);
        block.EnsureRows(RowCount);
        RecordChunk chunk = MicroEvents.Chunk(Enumerable.Range(0, RowCount).Select(MicroEvents.Susy));
        format.Compile(null, new PartLayout(DataPart.Value, layout.Columns)).Bulk!.Decode(chunk, 0, RowCount, block, BulkFrame.OfId(DataPart.Value, MicroEvents.SusyId));
        _view = new BlockView(block, layout, new ViewSchema(roles, []), () => false);
    }

    /// <summary>The two columns that trainers read.</summary>
    [Benchmark(OperationsPerInvoke = RowCount)]
    public int FeaturesAndLabel()
    {
        using DataViewRowCursor cursor = _view.GetRowCursor(_view.Schema);
        ValueGetter<VBuffer<float>> getFeatures = cursor.GetGetter<VBuffer<float>>(_view.Schema["Features"]);
        ValueGetter<bool> getLabel = cursor.GetGetter<bool>(_view.Schema["Label"]);
        VBuffer<float> features = default;
        bool label = false;
        int positive = 0;
        while (cursor.MoveNext())
        {
            getFeatures(ref features);
            getLabel(ref label);
            positive += label ? 1 : 0;
        }

        return positive;
    }
}
