using KafkaDatasets.Monitoring.Profiles;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Comparison;

/// <summary>Profiles the latest rows of a topic in parts of a fixed size, and compares them with a reference.</summary>
internal sealed class RecentProfile
{
    private readonly ReferenceProfile _reference;
    private readonly DriftThresholds _thresholds;
    private readonly RowLayout _layout;
    private readonly int _rows;
    private readonly HashSet<string> _names;
    private ProfileBuilder _builder;

    public RecentProfile(ReferenceProfile reference, DriftThresholds thresholds, RowLayout layout, int rows)
    {
        (_thresholds, _layout, _rows) = (thresholds, layout, rows);
        _names = [.. reference.Columns.Select(c => c.Name)];

        // Only columns that the topic has can be compared here: labels need not come with the features.
        _builder = new ProfileBuilder(layout, _names);
        HashSet<string> known = [.. _builder.Finish().Select(c => c.Name)];
        _reference = new ReferenceProfile(reference.Rows, reference.Snapshots, [.. reference.Columns.Where(c => known.Contains(c.Name))]);
        _builder = new ProfileBuilder(layout, _names);
    }

    /// <summary>Whether there is anything to compare: the rows have at least one column of the reference.</summary>
    public bool HasColumns => _reference.Columns.Count > 0;

    /// <summary>The comparison of the latest complete part; null before the first one.</summary>
    public ProfileComparison? Latest { get; private set; }

    /// <summary>Adds rows.</summary>
    /// <returns>Whether <see cref="Latest"/> has changed.</returns>
    public bool Add(RowBlock block)
    {
        _builder.Add(block);
        if (_builder.Rows < _rows)
        {
            return false;
        }

        Compare();
        return true;
    }

    /// <summary>Compares what there is, if no part is complete.</summary>
    public void Complete()
    {
        if (Latest is null && _builder.Rows > 0)
        {
            Compare();
        }
    }

    private void Compare()
    {
        var current = new ReferenceProfile(_builder.Rows, [], [.. _builder.Finish().Where(c => _names.Contains(c.Name))]);
        Latest = ColumnComparer.Compare(_reference, current, _thresholds);
        _builder = new ProfileBuilder(_layout, _names);
    }
}
