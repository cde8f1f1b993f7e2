using Xunit;

namespace KafkaDatasets.Testing;

/// <summary>Things that a machine may lack: the test that needs one is skipped with a line that says how to get it; with <c>CI=true</c> it fails.</summary>
internal static class Requirement
{
    public static bool IsContinuousIntegration { get; } =
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Ends the test, skipped or failed.</summary>
    /// <param name="what">What is missing and how to get it.</param>
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    public static void Missing(string what)
    {
        if (IsContinuousIntegration)
        {
            Assert.Fail($"{what} With CI=true no test may be skipped for lack of it.");
        }

        Assert.Skip(what);
        throw new InvalidOperationException(what);
    }
}
