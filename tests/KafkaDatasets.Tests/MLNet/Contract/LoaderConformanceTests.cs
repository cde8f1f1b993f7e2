using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>ML.NET's own loaders pass the suite: it demands nothing that a view need not do.</summary>
public sealed class LoaderConformanceTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void An_array_in_memory() => Check(_ml.Data.LoadFromEnumerable(Rows().ToArray()));

    [Fact]
    public void A_stream_in_memory() => Check(_ml.Data.LoadFromEnumerable(Rows()));

    [Fact]
    public void The_text_loader()
    {
        using (FileStream stream = File.Create(_file))
        {
            _ml.Data.SaveAsText(_ml.Data.LoadFromEnumerable(Rows()), stream);
        }

        Check(_ml.Data.LoadFromTextFile<Item>(_file, hasHeader: true));
    }

    [Fact]
    public void The_binary_loader()
    {
        using (FileStream stream = File.Create(_file))
        {
            _ml.Data.SaveAsBinary(_ml.Data.LoadFromEnumerable(Rows()), stream);
        }

        Check(_ml.Data.LoadFromBinary(_file));
    }

    [Fact]
    public void The_cache() => Check(_ml.Data.Cache(_ml.Data.LoadFromEnumerable(Rows())));

    private static void Check(IDataView view) => DataViewConformance.Check(view, new ConformanceOptions { IsStrict = false });

    private static IEnumerable<Item> Rows() => Enumerable.Range(0, 1000).Select(i => new Item
    {
        Number = i,
        Flag = i % 3 == 0,
        X = i / 4f,
        Name = $"row{i}",
        Features = [i, -i, 0.5f],
    });

    private sealed class Item
    {
        [LoadColumn(0)]
        public int Number { get; set; }

        [LoadColumn(1)]
        public bool Flag { get; set; }

        [LoadColumn(2)]
        public float X { get; set; }

        [LoadColumn(3)]
        public string Name { get; set; } = "";

        [LoadColumn(4, 6)]
        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }
}
