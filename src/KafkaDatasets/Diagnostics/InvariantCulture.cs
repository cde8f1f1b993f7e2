using System.Globalization;

namespace KafkaDatasets.Diagnostics;

/// <summary>
/// A scope in which code, on any thread, runs in the invariant culture, so that numbers in messages and in the log are formatted alike for every user. The culture flows into tasks
/// that are started within the scope, but not back to the caller.
/// </summary>
internal readonly struct InvariantCulture : IDisposable
{
    private readonly CultureInfo _callers;

    private InvariantCulture(CultureInfo callers)
    {
        _callers = callers;
    }

    public static InvariantCulture Use()
    {
        var scope = new InvariantCulture(CultureInfo.CurrentCulture);
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        return scope;
    }

    public void Dispose() => CultureInfo.CurrentCulture = _callers;
}
