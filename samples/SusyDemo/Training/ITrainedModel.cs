using SusyDemo.Evaluation;
using SusyDemo.Network;
using SusyDemo.Reporting;

namespace SusyDemo.Training;

/// <summary>A model that can be tested and saved.</summary>
internal interface ITrainedModel
{
    /// <summary>The name of its learner.</summary>
    string Name { get; }

    /// <summary>The features it needs, in their order.</summary>
    IReadOnlyList<string> Features { get; }

    /// <summary>How it learned; empty if that is not known.</summary>
    IReadOnlyList<CurvePoint> Curve { get; }

    Task<TestReport> TestAsync(IEventData data, IProgressTask progress, CancellationToken cancellationToken);

    void Save(string path);
}
