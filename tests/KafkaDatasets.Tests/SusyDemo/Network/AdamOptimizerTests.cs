using SusyDemo.Network;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Network;

public sealed class AdamOptimizerTests
{
    [Fact]
    public void Steps_as_the_paper_says()
    {
        float[] values = [1, -1, 0.5f];
        var adam = new AdamOptimizer(values.Length, 0.1);

        // By Algorithm 1 of the paper the first step is rate · sign(g), whatever the size of the gradient.
        adam.Step(values, [0.5f, -20, 3], new ParallelOptions());
        Assert.Equal([0.9f, -0.9f, 0.4f], values.Select(v => MathF.Round(v, 4)));

        // Second step of the last value: m = 0.9·0.3 − 0.1·1 = 0.17, v = 0.999·0.009 + 0.001·1 = 0.009991;
        // 0.1 · (0.17 / 0.19) / √(0.009991 / 0.001999) = 0.0400216.
        adam.Step(values, [0, 0, -1], new ParallelOptions());
        Assert.Equal(0.4 - 0.0400216, values[2], 1e-5);
    }
}
