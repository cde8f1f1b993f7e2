using System.Collections.Concurrent;
using System.Reflection;
using Xunit;
using Xunit.v3;

namespace KafkaDatasets.Testing;

/// <summary>Cancels the token of every test that takes too long, so that a wait that never ends fails its test, by name, and not the whole program.</summary>
/// <remarks>Long runs, where KAFKADATASETS_LONG is 1, have no deadline.</remarks>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class TestDeadlineAttribute : BeforeAfterTestAttribute
{
    private readonly ConcurrentDictionary<string, Timer> _timers = new();

    /// <summary>How many minutes a test may take.</summary>
    public required double Minutes { get; init; }

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (Environment.GetEnvironmentVariable("KAFKADATASETS_LONG") == "1")
        {
            return;
        }

        ITestContext context = TestContext.Current;
        _timers[test.UniqueID] = new Timer(
            _ =>
            {
                Console.Error.WriteLine($"{test.TestDisplayName} is cancelled: it takes more than {Minutes} minutes.");
                context.CancelCurrentTest();
            },
            null,
            TimeSpan.FromMinutes(Minutes),
            Timeout.InfiniteTimeSpan);
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (_timers.TryRemove(test.UniqueID, out Timer? timer))
        {
            timer.Dispose();
        }
    }
}
