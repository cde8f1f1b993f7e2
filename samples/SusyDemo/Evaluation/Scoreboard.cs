using System.Runtime.InteropServices;

namespace SusyDemo.Evaluation;

/// <summary>Collects scored rows and sums them up.</summary>
internal sealed class Scoreboard
{
    private readonly List<float> _scores = [];
    private readonly List<bool> _labels = [];
    private long _right;

    public long Rows => _labels.Count;

    /// <summary>Adds a row.</summary>
    /// <param name="label">Whether it is a signal.</param>
    /// <param name="score">The score; higher is more like a signal.</param>
    /// <param name="predicted">Whether the model takes it for a signal.</param>
    public void Add(bool label, float score, bool predicted)
    {
        _scores.Add(score);
        _labels.Add(label);
        _right += label == predicted ? 1 : 0;
    }

    public TestReport Sum() => new(
        _labels.Count, (double)_right / _labels.Count, RocCurve.From(CollectionsMarshal.AsSpan(_scores), CollectionsMarshal.AsSpan(_labels)));
}
