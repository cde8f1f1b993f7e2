using Confluent.SchemaRegistry;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

public sealed class ReferenceProfileTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_profile_says_what_is_in_the_columns()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        ReferenceProfile profile = await ProfileAsync(kafka, "a", 10_000, i => new Row(i % 100, i, i % 10 == 0 ? null : i % 7, i % 4 == 0 ? "de" : "fr", i % 2 == 0, TimeSpan.FromSeconds(i % 60)));
        Assert.Equal(10_000, profile.Rows);
        Assert.Equal(["x", "n", "m", "country", "flag", "took"], profile.Columns.Select(c => c.Name));
        ColumnProfile x = profile.Columns[0];
        Assert.Equal((10_000, 0, 0), (x.Count, x.Missing, x.Infinite));
        Assert.Equal(49.5, x.Mean, 1e-9);
        Assert.Equal(28.86607004772212, x.StandardDeviation, 1e-9);
        Assert.Equal((0, 99), (x.Min, x.Max));
        Assert.InRange(x.Quantile(0.5), 48, 51);
        Assert.InRange(profile.Columns[1].Quantile(0.9), 8_950, 9_050);
        Assert.Equal((9_000, 1_000), (profile.Columns[2].Count, profile.Columns[2].Missing));
        Assert.Equal(new Dictionary<string, long> { ["de"] = 2_500, ["fr"] = 7_500 }, profile.Columns[3].Categories);
        Assert.Equal(new Dictionary<string, long> { ["false"] = 5_000, ["true"] = 5_000 }, profile.Columns[4].Categories);
        Assert.Equal(59, profile.Columns[5].Max);
        Assert.Equal(6, profile.Snapshots.Single().Partitions.Count);
    }

    [Fact]
    public async Task The_same_rows_give_the_same_profile_and_JSON_keeps_it()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        ReferenceProfile profile = await ProfileAsync(kafka, "a", 20_000, Usual);
        ReferenceProfile again = await ProfileAsync(kafka, "a", 0, Usual);
        string json = profile.ToJson();
        Assert.Equal(json, again.ToJson());
        ReferenceProfile read = ReferenceProfile.Parse(json);
        Assert.Equal(json, read.ToJson());
        Assert.Equal(profile.Columns[0].Quantile(0.3), read.Columns[0].Quantile(0.3));
        Assert.All(profile.CompareTo(read).Columns, c => Assert.False(c.IsDrifted));
        Assert.All(profile.CompareTo(read).Columns.Where(c => c.Reference!.IsNumeric), c => Assert.Equal((0, 0, 0, 1), (c.KolmogorovSmirnov, c.Wasserstein, c.PopulationStability, c.PValue)));
    }

    [Fact]
    public async Task Drift_is_found_where_it_is()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        ReferenceProfile trained = await ProfileAsync(kafka, "trained", 10_000, Usual);
        ReferenceProfile same = await ProfileAsync(kafka, "same", 7_001, i => Usual(i + 10_000));
        ReferenceProfile scaled = await ProfileAsync(kafka, "scaled", 7_001, i => Usual(i + 10_000) with { X = 1.5f * Usual(i + 10_000).X });
        ReferenceProfile moved = await ProfileAsync(kafka, "moved", 7_001, i => Usual(i) with { Country = i % 2 == 0 ? "de" : "nl" });
        ReferenceProfile missing = await ProfileAsync(kafka, "missing", 7_001, i => Usual(i) with { M = i % 2 == 0 ? null : Usual(i).M });
        Assert.Empty(trained.CompareTo(same).Drifted);
        Assert.Equal(["x"], trained.CompareTo(scaled).Drifted.Select(c => c.Name));
        Assert.Equal(["country"], trained.CompareTo(moved).Drifted.Select(c => c.Name));
        Assert.Equal(["m"], trained.CompareTo(missing).Drifted.Select(c => c.Name));
        Assert.Contains("missing values", trained.CompareTo(missing)["m"].Reasons.Single());

        // Fewer rows than tell anything.
        ReferenceProfile few = await ProfileAsync(kafka, "few", 5, i => Usual(i) with { X = 5 });
        Assert.Empty(trained.CompareTo(few).Drifted);

        // Of each distance alone.
        var none = new DriftThresholds { KolmogorovSmirnov = double.PositiveInfinity, Wasserstein = double.PositiveInfinity, JensenShannon = double.PositiveInfinity, PopulationStability = double.PositiveInfinity };
        Assert.Empty(trained.CompareTo(scaled, none).Drifted);
        Assert.StartsWith("Wasserstein 0.", trained.CompareTo(scaled, none with { Wasserstein = 0.2 })["x"].Reasons.Single());
        Assert.StartsWith("Kolmogorov–Smirnov 0.", trained.CompareTo(scaled, none with { KolmogorovSmirnov = 0.05 })["x"].Reasons.Single());
        Assert.StartsWith("PSI ", trained.CompareTo(scaled, none with { PopulationStability = 0.2 })["x"].Reasons.Single());
        Assert.StartsWith("Jensen–Shannon 0.", trained.CompareTo(scaled, none with { JensenShannon = 0.1 })["x"].Reasons.Single());
    }

    /// <summary>Infinite numbers are in no distance, so their share is compared as that of missing ones is; one missing value among them is one, not all.</summary>
    [Fact]
    public async Task Infinite_numbers_are_drift()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        ReferenceProfile trained = await ProfileAsync(kafka, "trained", 3_000, Usual);
        ReferenceProfile half = await ProfileAsync(kafka, "half", 3_000, i => Usual(i) with { X = i % 2 == 0 ? float.NegativeInfinity : Usual(i).X });
        ReferenceProfile all = await ProfileAsync(kafka, "all", 3_000, i => Usual(i) with { X = i == 7 ? float.NaN : float.PositiveInfinity });
        Assert.Equal(["infinite values 0.0% before, 50.0% now"], trained.CompareTo(half)["x"].Reasons);
        Assert.Equal(["infinite values 0.0% before, 100.0% now"], trained.CompareTo(all)["x"].Reasons);
        Assert.Equal(1 / 3000.0, trained.CompareTo(all)["x"].MissingChange, 1e-12);
        Assert.Equal(["infinite values 100.0% before, 0.0% now"], ReferenceProfile.Parse(all.ToJson()).CompareTo(trained)["x"].Reasons);
        Assert.Empty(half.CompareTo(half).Drifted);
    }

    [Fact]
    public async Task The_distance_from_equal_values_is_in_their_own_unit()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        ReferenceProfile equal = await ProfileAsync(kafka, "equal", 1_000, i => Usual(i) with { X = 5 });
        ReferenceProfile other = await ProfileAsync(kafka, "other", 1_000, i => Usual(i) with { X = 7.5f });
        Assert.Contains("Wasserstein 2.5, from a reference of equal values", equal.CompareTo(other)["x"].Reasons);
    }

    /// <summary>The largest double marks missing values in many systems. Its square, and the sum of two, are beyond the range of a double.</summary>
    [Theory]
    [InlineData(1e200, 1e200, 2e198, double.PositiveInfinity)]
    [InlineData(double.MaxValue, double.MaxValue, double.MaxValue / 50, double.PositiveInfinity)]
    [InlineData(-double.MaxValue, double.MaxValue, 0, double.PositiveInfinity)]
    [InlineData(3, 3, 0.06, 0.42)]
    public async Task Numbers_at_the_end_of_the_range_have_a_profile(double odd, double even, double mean, double deviation)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        ReferenceProfile profile = await ProfileAsync(kafka, "numbers", 10_000, i => new Number(i % 50 != 0 ? 0 : i % 100 == 0 ? even : odd));
        ReferenceProfile read = ReferenceProfile.Parse(profile.ToJson());
        ColumnProfile column = read.Columns.Single();
        Assert.Equal((10_000, 0, 0), (column.Count, column.Missing, column.Infinite));
        Assert.Equal(1, mean == 0 ? 1 - (column.Mean / double.MaxValue) : column.Mean / mean, 1e-9);
        Assert.Equal(deviation, column.StandardDeviation, 1e-9);
        Assert.Equal((Math.Min(odd, 0), Math.Max(even, odd)), (column.Min, column.Max));
        Assert.Equal(1, mean == 0 ? 1 - (read.Merge(profile).Columns[0].Mean / double.MaxValue) : read.Merge(profile).Columns[0].Mean / mean, 1e-9);
        ReferenceProfile usual = await ProfileAsync(kafka, "usual", 10_000, _ => new Number(5));
        Assert.True(usual.CompareTo(read)["x"].IsDrifted);
        Assert.True(read.CompareTo(usual)["x"].IsDrifted);
        Assert.False(read.CompareTo(profile)["x"].IsDrifted);
    }

    [Fact]
    public async Task Merged_parts_are_the_whole()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        ReferenceProfile first = await ProfileAsync(kafka, "first", 9_000, Usual);
        ReferenceProfile second = await ProfileAsync(kafka, "second", 6_000, i => Usual(9_000 + i));
        ReferenceProfile whole = await ProfileAsync(kafka, "whole", 15_000, Usual);
        ReferenceProfile merged = first.Merge(second);
        Assert.Equal(15_000, merged.Rows);
        Assert.Equal(2, merged.Snapshots.Count);
        Assert.Equal(9_000, first.Rows);
        foreach (ColumnDrift column in whole.CompareTo(merged).Columns)
        {
            Assert.Equal(column.Reference!.Missing, column.Current!.Missing);
            Assert.Equal(column.Reference.Count, column.Current.Count);
            if (column.Reference.IsNumeric)
            {
                Assert.Equal(column.Reference.Mean, column.Current.Mean, 1e-9);
                Assert.Equal(column.Reference.StandardDeviation, column.Current.StandardDeviation, 1e-9);
                Assert.InRange(column.KolmogorovSmirnov, 0, 0.015);
            }
            else
            {
                Assert.Equal(column.Reference.Categories, column.Current.Categories);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"format":2,"rows":0,"snapshots":[],"columns":[]}""")]
    [InlineData("""{"format":1,"rows":1,"snapshots":[],"columns":[{"name":"x","type":"Single","missing":0}]}""")]
    [InlineData("""{"format":1,"rows":1,"snapshots":[],"columns":[{"name":"x","type":"Single","missing":0,"sketch":"AAAA"}]}""")]
    public void What_is_no_profile_is_refused(string json) => Assert.Throws<FormatException>(() => ReferenceProfile.Parse(json));

    [Fact]
    public void Thresholds_that_say_nothing_are_refused()
    {
        var profile = ReferenceProfile.Parse("""{"format":1,"rows":0,"snapshots":[],"columns":[]}""");
        InvalidOptionsException refused = Assert.Throws<InvalidOptionsException>(() => profile.CompareTo(profile, new DriftThresholds { Wasserstein = 0, Significance = 2 }));
        Assert.Equal(2, refused.Faults.Count);
    }

    private static Row Usual(int i)
    {
        var random = new Random(i);
        double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return new Row((float)(10 * normal), random.Next(1000), random.Next(50) == 0 ? null : random.NextDouble(), random.Next(3) == 0 ? "de" : "fr", random.Next(2) == 0, TimeSpan.FromSeconds(random.Next(60)));
    }

    private static async Task<ReferenceProfile> ProfileAsync<T>(EmbeddedKafka kafka, string topic, int rows, Func<int, T> row)
    {
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });
        if (rows > 0)
        {
            await using var writer = await KafkaRecordWriter<T>.OpenAsync(topic, new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry }, Token);
            for (int i = 0; i < rows; i++)
            {
                await writer.WriteAsync(row(i), Token);
            }
        }

        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry }, Token);
        return await ReferenceProfile.CreateAsync(dataset, Token);
    }

    private sealed record Number([property: System.Runtime.Serialization.DataMember(Name = "x")] double X);

    private sealed record Row(
        [property: System.Runtime.Serialization.DataMember(Name = "x")] float X,
        [property: System.Runtime.Serialization.DataMember(Name = "n")] long N,
        [property: System.Runtime.Serialization.DataMember(Name = "m")] double? M,
        [property: System.Runtime.Serialization.DataMember(Name = "country")] string Country,
        [property: System.Runtime.Serialization.DataMember(Name = "flag")] bool Flag,
        [property: System.Runtime.Serialization.DataMember(Name = "took")] TimeSpan Took);
}
