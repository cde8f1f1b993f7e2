using System.Runtime.CompilerServices;
using Xunit;
using Xunit.v3;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>A theory of <see cref="Long"/> duration.</summary>
[XunitTestCaseDiscoverer(typeof(Discoverer))]
[AttributeUsage(AttributeTargets.Method)]
public sealed class LongTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : TheoryAttribute(file, line)
{
    public sealed class Discoverer : TheoryDiscoverer
    {
        public override ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(Xunit.Sdk.ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute) =>
            Long.IsOn ? base.Discover(discoveryOptions, testMethod, factAttribute) : new([]);
    }
}
