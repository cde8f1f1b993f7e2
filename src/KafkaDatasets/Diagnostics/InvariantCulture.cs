using System.Globalization;

namespace KafkaDatasets.Diagnostics;

/// <summary>
/// What is started within it works in the invariant culture, on whatever thread: numbers in messages and in the log are then the same for every user. A culture flows into the tasks
/// that are started, and out of nothing, so that the caller keeps its own.
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
