using CsCheck;
using KafkaDatasets.Monitoring.Profiles;
using KafkaDatasets.Monitoring.Statistics;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

public sealed class QuantileSketchTests
{
    [Fact]
    public void Sorting_by_bits_is_sorting() => Gen.Double.Where(double.IsFinite).Array[0, 300].Sample(values =>
    {
        double[] sorted = [.. values.Order()];
        double[] doubles = [.. values];
        RadixSort.Sort(doubles, new double[doubles.Length]);
        Assert.Equal(sorted, doubles);
        float[] floats = [.. values.Select(v => (float)v).Where(float.IsFinite)];
        float[] wanted = [.. floats.Order()];
        RadixSort.Sort(floats, new float[floats.Length]);
        Assert.Equal(wanted, floats);
    });

    [Fact]
    public void Few_values_are_kept_as_they_are() => Gen.Double[-1000, 1000].Array[1, 4096].Sample(
        values =>
        {
            var sketch = new QuantileSketch();
            sketch.Add(values);
            WeightedSample sample = sketch.ToSample();
            Assert.Equal(values.Length, sample.Count);
            Assert.Equal(0, WeightedSample.KolmogorovSmirnov(sample, WeightedSample.Of(values)));
        },
        iter: 50);

    /// <summary>Any number of values, of any distribution, in any order, in any number of merged parts, keep their shares within the stated error; and weights add up.</summary>
    [Fact]
    public void Shares_are_within_the_error_however_parts_are_merged() => Gen.Select(Gen.ULong, Gen.Int[0, 3], Gen.Int[5_000, 120_000], Gen.Int[1, 5]).Sample(
        (seed, shape, count, parts) =>
        {
            var random = new Random((int)(seed & int.MaxValue));
            double[] values = [.. Enumerable.Range(0, count).Select(i => shape switch
            {
                0 => random.NextDouble(),
                1 => i, // ascending
                2 => Math.Tan(Math.PI * (random.NextDouble() - 0.5)), // heavy tails
                _ => random.Next(5), // ties
            })];
            QuantileSketch[] sketches = [.. Enumerable.Range(0, parts).Select(i => new QuantileSketch(seed + (ulong)i))];
            for (int i = 0; i < parts; i++)
            {
                sketches[i].Add(values[(int)((long)count * i / parts)..(int)((long)count * (i + 1) / parts)]);
            }

            // From the left and from the right: merging is associative within the error.
            var left = new QuantileSketch(seed);
            var right = new QuantileSketch(seed);
            for (int i = 0; i < parts; i++)
            {
                left.Merge(sketches[i]);
                right.Merge(sketches[^(i + 1)]);
            }

            var exact = WeightedSample.Of(values);
            foreach (QuantileSketch sketch in (QuantileSketch[])[left, right])
            {
                WeightedSample sample = sketch.ToSample();
                Assert.Equal(count, sample.Total);
                Assert.Equal(values.Min(), sample.Min);
                Assert.Equal(values.Max(), sample.Max);
                Assert.InRange(WeightedSample.KolmogorovSmirnov(sample, exact), 0, 2 * QuantileSketch.RankError);
            }
        },
        iter: 20);

    /// <summary>Of many sketches, nearly all are within the stated error, which is what it says.</summary>
    [Fact]
    public void The_error_is_as_stated()
    {
        double[] errors = [.. Enumerable.Range(0, 20).Select(seed =>
        {
            var random = new Random(seed);
            double[] values = [.. Enumerable.Range(0, 200_000).Select(_ => random.NextDouble())];
            var sketch = new QuantileSketch((ulong)seed);
            sketch.Add(values);
            return WeightedSample.KolmogorovSmirnov(sketch.ToSample(), WeightedSample.Of(values));
        })];
        Assert.InRange(errors.Count(e => e > QuantileSketch.RankError), 0, 1);
    }

    [Fact]
    public void A_sketch_is_read_as_it_was_written()
    {
        var random = new Random(1);
        foreach (int count in (int[])[0, 1, 4096, 4097, 100_000])
        {
            foreach (bool single in (bool[])[true, false])
            {
                var sketch = new QuantileSketch(7);
                sketch.Add(Enumerable.Range(0, count).Select(_ => single ? random.NextSingle() : random.NextDouble()));
                byte[] bytes = sketch.ToBytes();
                var read = QuantileSketch.Read(bytes);
                Assert.Equal(bytes, read.ToBytes());
                Assert.InRange(bytes.Length, 0, 120_000);
                if (count > 0)
                {
                    Assert.Throws<FormatException>(() => QuantileSketch.Read(bytes[..^5]));
                }
            }
        }
    }

    [Fact]
    public void Frequent_values_are_kept_and_counted_within_the_error()
    {
        var sketch = new CategorySketch();
        for (int i = 0; i < 100_000; i++)
        {
            sketch.Add(i % 3 == 0 ? "often" : FormattableString.Invariant($"rare{i}"));
        }

        sketch.Shrink();
        Assert.InRange(sketch.Counts.Count, 1, CategorySketch.Capacity);
        Assert.InRange(sketch.Counts["often"], 33_334 - sketch.Error, 33_334);
        Assert.InRange(sketch.Error, 1, 100_000 / CategorySketch.Capacity);
        Assert.Equal(100_000, sketch.Counts.Values.Sum() + sketch.Others);

        var few = new CategorySketch();
        few.Add("a", 3);
        few.Merge(sketch);
        Assert.Equal(100_003, few.Count);
        Assert.InRange(few.Counts["often"], 33_334 - few.Error, 33_334);
    }
}
