using System.Text.Json;
using Xunit;

namespace KafkaDatasets.Tests.Splits;

/// <summary>Manifests as other tools have them.</summary>
public sealed class ManifestExchangeTests
{
    private static readonly string OrderedDigest = new('b', 64);

    private static readonly DatasetManifest Manifest = new(
    [
        new ManifestTopic(
            new DatasetSnapshot("a.b", null, [new PartitionRange(0, 0, 60), new PartitionRange(1, 5, 45)]),
            ["X Single", "User id Text", "Items Int32[]"],
            [new ManifestSplit("all", null, 100, new string('a', 64), OrderedDigest), new("train", DatasetSplit.ByOffset(0, 0.7), 70), new("validation", DatasetSplit.ByOffset(0.7, 0.9), 20), new("test", DatasetSplit.ByOffset(0.9, 1), 10)]),
    ]);

    /// <summary>A message as Kafka-ML's sink writes it: what it calls a length is an end.</summary>
    [Fact]
    public void A_control_message_of_Kafka_ML_is_read()
    {
        var message = KafkaMlControlMessage.Parse(
            """{"topic": "automl:0:10:1010,automl:1:0:500", "unsupervised_topic": null, "input_format": "RAW", "description": "hcopd", "dataset_restrictions": {}, "input_config": {"data_type": "float64", "label_type": "uint8", "data_reshape": "6", "label_reshape": ""}, "validation_rate": 0.2, "test_rate": 0.1, "total_msg": 1500, "incremental": false}""");
        DatasetSnapshot snapshot = Assert.Single(message.Snapshots);
        Assert.Equal(("automl", 1500), (snapshot.Topic, snapshot.Length));
        Assert.Equal([new PartitionRange(0, 10, 1010), new PartitionRange(1, 0, 500)], snapshot.Partitions);
        Assert.Equal(("RAW", "hcopd", 0.2, 0.1, 1500), (message.InputFormat, message.Description, message.ValidationRate, message.TestRate, message.TotalMessages));
        Assert.Equal("float64", JsonDocument.Parse(message.InputConfig).RootElement.GetProperty("data_type").GetString());

        Assert.Equal(
            ["train ByOffset(0, 0.7, seed: 4)", "validation ByOffset(0.7, 0.9, seed: 4)", "test ByOffset(0.9, 1, seed: 4)"],
            message.ToManifest(seed: 4).Topics[0].Splits.Select(s => $"{s.Name} {s.Split}".Replace("0.7000000000000001", "0.7", StringComparison.Ordinal)));
        Assert.Equal(["train"], (message with { ValidationRate = 0, TestRate = 0 }).ToManifest().Topics[0].Splits.Select(s => s.Name));
        Assert.Equal(["validation", "test"], (message with { ValidationRate = 0.7, TestRate = 0.3 }).ToManifest().Topics[0].Splits.Select(s => s.Name));
    }

    [Fact]
    public void A_control_message_is_written_of_a_manifest()
    {
        KafkaMlControlMessage message = KafkaMlControlMessage.Of(Manifest) with { InputFormat = "AVRO", InputConfig = """{"data_scheme":{}}""" };
        JsonElement json = JsonDocument.Parse(message.ToJson()).RootElement;
        Assert.Equal("a.b:0:0:60,a.b:1:5:45", json.GetProperty("topic").GetString());
        Assert.Equal((0.2, 0.1, 100), (json.GetProperty("validation_rate").GetDouble(), json.GetProperty("test_rate").GetDouble(), json.GetProperty("total_msg").GetInt32()));
        Assert.Equal(["topic", "unsupervised_topic", "input_format", "description", "dataset_restrictions", "input_config", "validation_rate", "test_rate", "total_msg", "incremental"], json.EnumerateObject().Select(m => m.Name));
        Assert.Equal(message.ToJson(), KafkaMlControlMessage.Parse(message.ToJson()).ToJson());
    }

    [Theory]
    [InlineData("nonsense", "Kafka-ML")]
    [InlineData("{}", "Kafka-ML")]
    [InlineData("""{"topic":"t","input_format":"RAW"}""", "topic:partition:start:end")]
    [InlineData("""{"topic":"t:0:5:2","input_format":"RAW"}""", "Kafka-ML")]
    [InlineData("""{"topic":"t:0:0:2","input_format":"RAW","test_rate":2}""", "test_rate")]
    [InlineData("""{"topic":"t:0:0:2","input_format":"RAW","validation_rate":0.7,"test_rate":0.6}""", "validation_rate and test_rate are more than 1 together")]
    [InlineData("""{"topic":"","input_format":"RAW"}""", "it has no ranges")]
    [InlineData("""{"topic":null,"input_format":"RAW"}""", "it has no ranges")]
    public void What_is_no_control_message_is_a_format_exception(string json, string named) => Assert.Contains(named, Assert.Throws<FormatException>(() => KafkaMlControlMessage.Parse(json)).Message);

    [Fact]
    public void A_manifest_comes_back_from_Croissant()
    {
        var dataset = new CroissantDataset("payments", Manifest) { Description = "Payments, with fraud", License = "CC0-1.0", Url = new Uri("https://example.org/payments") };
        JsonElement json = JsonDocument.Parse(dataset.ToJson()).RootElement;
        Assert.Equal("http://mlcommons.org/croissant/1.0", json.GetProperty("conformsTo").GetString());
        Assert.Equal(("a.b", OrderedDigest), (json.GetProperty("distribution")[0].GetProperty("@id").GetString(), json.GetProperty("distribution")[0].GetProperty("sha256").GetString()));
        Assert.Equal(
            ["X sc:Float False", "User id sc:Text False", "Items sc:Integer True"],
            json.GetProperty("recordSet")[0].GetProperty("field").EnumerateArray().Select(f => $"{f.GetProperty("name")} {f.GetProperty("dataType")} {f.TryGetProperty("cr:isArray", out _)}"));
        var parsed = CroissantDataset.Parse(dataset.ToJson());
        Assert.Equal(dataset.ToJson(), parsed.ToJson());
        Assert.Equal(Manifest.ToJson(), parsed.Manifest.ToJson());
        Assert.Contains("kafkadatasets:manifest", Assert.Throws<FormatException>(() => CroissantDataset.Parse("""{"name":"other"}""")).Message);
    }
    [Theory]
    [InlineData("https://example.org/payments")]
    [InlineData("../payments.html")]
    public void A_page_may_be_relative_to_the_document(string url)
    {
        string json = new CroissantDataset("payments", Manifest) { Url = new Uri(url, UriKind.RelativeOrAbsolute) }.ToJson();

        Assert.Equal(url, JsonDocument.Parse(json).RootElement.GetProperty("url").GetString());
        Assert.Equal(url, CroissantDataset.Parse(json).Url!.OriginalString);
    }
}
