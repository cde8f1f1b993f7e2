using SusyDemo;
using SusyDemo.Network;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Network;

public sealed class DenseNetworkTests
{
    private const int Rows = 7;
    private const int Inputs = 3;

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void The_gradient_agrees_with_finite_differences(double dropout)
    {
        // Double precision, and the same units left out each time: the loss is a smooth function nearly everywhere.
        var network = new DenseNetwork<double>(Inputs, [new(5, dropout), new(20, dropout), new(4, dropout)], 1);
        DenseNetwork<double>.Workspace workspace = network.CreateWorkspace(Rows);

        // Without biases a unit whose inputs are all left out would be at the kink of the rectifier.
        foreach (ref double parameter in network.Parameters.AsSpan())
        {
            parameter = parameter == 0 ? 0.05 : parameter;
        }

        (double[] inputs, double[] labels) = SomeRows();
        ulong[] keys = [.. Enumerable.Range(0, Rows).Select(row => SplitMix64.Stream(1, RandomUse.Dropout, (ulong)row).NextUInt64())];
        network.BeginStep();
        network.AddGradient(inputs, labels, Rows, keys, workspace);
        double[] gradient = [.. workspace.Gradient];

        const double Step = 1e-6;
        for (int i = 0; i < gradient.Length; i++)
        {
            double before = network.Parameters[i];
            network.Parameters[i] = before + Step;
            double above = network.AddGradient(inputs, labels, Rows, keys, workspace).Loss;
            network.Parameters[i] = before - Step;
            double below = network.AddGradient(inputs, labels, Rows, keys, workspace).Loss;
            network.Parameters[i] = before;

            Assert.Equal((above - below) / (2 * Step), gradient[i], 1e-7);
        }

        Assert.Contains(gradient, g => Math.Abs(g) > 1e-3);
    }

    [Fact]
    public void Computes_what_is_computed_by_hand()
    {
        var network = new DenseNetwork<float>(2, [new(2, 0)], 1);

        // Weights [inputs, outputs], then biases, layer by layer.
        float[] parameters = [1, -2, 0.5f, 3, 0.1f, 0.2f, 2, -1, 0.3f];
        parameters.CopyTo(network.Parameters, 0);
        var probabilities = new float[2];

        network.Score([1, 2, -1, 1], network.CreateWorkspace(2), probabilities);

        // Row 1: hidden (2.1, 4.2), logit 4.2 − 4.2 + 0.3. Row 2: hidden (0 of −0.4, 5.2), logit −5.2 + 0.3.
        Assert.Equal(1 / (1 + Math.Exp(-0.3)), probabilities[0], 1e-6);
        Assert.Equal(1 / (1 + Math.Exp(4.9)), probabilities[1], 1e-6);
    }

    [Fact]
    public void Dropout_leaves_out_its_share_and_keeps_the_expected_sum()
    {
        // One unit per input of 1 with weight 1, and an output that sums them.
        const int Units = 10_000;
        var network = new DenseNetwork<double>(1, [new(Units, 0.4)], 1);
        Array.Clear(network.Parameters);
        network.Parameters.AsSpan(0, Units).Fill(1);
        network.Parameters.AsSpan(2 * Units, Units).Fill(1e-4);
        DenseNetwork<double>.Workspace workspace = network.CreateWorkspace(1);

        network.BeginStep();
        network.AddGradient([1.0], [1.0], 1, [SplitMix64.Stream(1, RandomUse.Dropout, 0).NextUInt64()], workspace);

        // The gradient of an output weight is the unit's activation times a common factor.
        double[] activations = [.. workspace.Gradient.AsSpan(2 * Units, Units).ToArray().Select(g => g / workspace.Gradient[^1])];
        Assert.InRange(activations.Count(a => a == 0), 4000 - 200, 4000 + 200);
        Assert.All(activations.Where(a => a != 0), a => Assert.Equal(1 / 0.6, a, 1e-9));
        Assert.Equal(1, activations.Average(), 0.05);
    }

    private static (double[] Inputs, double[] Labels) SomeRows()
    {
        var random = new Random(5);
        return ([.. Enumerable.Range(0, Rows * Inputs).Select(_ => (2 * random.NextDouble()) - 1)], [.. Enumerable.Range(0, Rows).Select(i => (double)(i % 2))]);
    }
}
