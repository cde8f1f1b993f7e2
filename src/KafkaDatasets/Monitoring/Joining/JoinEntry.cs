namespace KafkaDatasets.Monitoring.Joining;

/// <summary>The scores and the labels of one row that are waiting for each other: usually one of each, which take no list.</summary>
internal sealed class JoinEntry
{
    private Score _first;
    private List<Score>? _more;
    private Label? _label;
    private bool _isLabelUsed;
    private SortedSet<WaitingLabel>? _moreLabels;
    private int _moreUsed;

    /// <summary>The number of waiting scores.</summary>
    public int Scores { get; private set; }

    /// <summary>The number of waiting labels.</summary>
    public int Labels => (_label is null ? 0 : 1) + (_moreLabels?.Count ?? 0);

    /// <summary>The number of rows that are held: a score and its label are one.</summary>
    public int Rows => Math.Max(Scores, Labels);

    /// <summary>The number of those rows that are in no figure yet: a label that was joined is held only for scores of other versions.</summary>
    public int Waiting => Math.Max(Scores, Labels - (_label is not null && _isLabelUsed ? 1 : 0) - _moreUsed);

    /// <summary>Adds a score; of several of one version and input topic, the first by order is kept.</summary>
    /// <returns>Whether it is the only one of its version, and whether it is kept.</returns>
    public (bool IsNew, bool IsKept) Add(in Score score)
    {
        if (Scores == 0)
        {
            (_first, Scores) = (score, 1);
            return (true, true);
        }

        if (_first.Version == score.Version && _first.InputTopic == score.InputTopic)
        {
            bool isEarlier = score.Order.CompareTo(_first.Order) < 0;
            _first = isEarlier ? score : _first;
            return (false, isEarlier);
        }

        _more ??= [];
        int index = _more.FindIndex(SameRow(score.Version, score.InputTopic));
        if (index < 0)
        {
            _more.Add(score);
            Scores++;
            return (true, true);
        }

        if (score.Order.CompareTo(_more[index].Order) >= 0)
        {
            return (false, false);
        }

        _more[index] = score;
        return (false, true);
    }

    /// <summary>Takes the score of a version out, if it is the one with this order.</summary>
    public bool TryTake(int version, RowOrder order, out Score score)
    {
        if (Scores > 0 && _first.Version == version && _first.Order == order)
        {
            score = _first;
            Scores--;
            if (_more is { Count: > 0 })
            {
                _first = _more[^1];
                _more.RemoveAt(_more.Count - 1);
            }
            else
            {
                _first = default;
            }

            return true;
        }

        int index = _more?.FindIndex(s => s.Version == version && s.Order == order) ?? -1;
        if (index < 0)
        {
            score = default;
            return false;
        }

        score = _more![index];
        _more.RemoveAt(index);
        Scores--;
        return true;
    }

    /// <summary>Adds a label.</summary>
    /// <returns>Whether it is the only one.</returns>
    public bool Add(in Label label)
    {
        if (Labels == 0)
        {
            (_label, _isLabelUsed) = (label, false);
            return true;
        }

        (_moreLabels ??= new SortedSet<WaitingLabel>(WaitingLabel.ByOrder)).Add(new WaitingLabel(label));
        return false;
    }

    /// <summary>Marks the first label, by order, that fits a score as used, and returns it; null if none fits.</summary>
    public Label? Use(in Score score, long grace)
    {
        Label? best = _label is { } first && Fits(first, score, grace) ? first : null;
        if (_moreLabels is { Count: > 0 })
        {
            var least = new WaitingLabel(new Label(0, new RowOrder(Math.Max(score.Order.Time, long.MinValue + grace) - grace, int.MinValue, long.MinValue), null));
            var most = new WaitingLabel(new Label(0, best?.Order ?? new RowOrder(Math.Min(score.Order.Time, long.MaxValue - grace) + grace, int.MaxValue, long.MaxValue), null));
            foreach (WaitingLabel other in _moreLabels.GetViewBetween(least, most))
            {
                if (Fits(other.Label, score, grace))
                {
                    _moreUsed += other.IsUsed ? 0 : 1;
                    other.IsUsed = true;
                    return other.Label;
                }
            }
        }

        _isLabelUsed |= best is not null;
        return best;
    }

    /// <summary>Removes the label with this order.</summary>
    /// <returns>Whether it was joined with a score; null if there is no such label.</returns>
    public bool? RemoveLabel(RowOrder order)
    {
        if (_label?.Order == order)
        {
            _label = null;
            return _isLabelUsed;
        }

        if (_moreLabels is null || !_moreLabels.TryGetValue(new WaitingLabel(new Label(0, order, null)), out WaitingLabel? label) || !_moreLabels.Remove(label))
        {
            return null;
        }

        _moreUsed -= label.IsUsed ? 1 : 0;
        return label.IsUsed;
    }

    private static Predicate<Score> SameRow(int version, int topic) => s => s.Version == version && s.InputTopic == topic;

    /// <summary>How far apart two times are, which may be more than a signed number holds.</summary>
    private static ulong Distance(long one, long other) => unchecked((ulong)Math.Max(one, other) - (ulong)Math.Min(one, other));

    /// <summary>Whether a label is of the score's row: its time is near enough, and its position is of the same topic as far as both are known.</summary>
    private static bool Fits(in Label label, in Score score, long grace) =>
        Distance(label.Order.Time, score.Order.Time) <= (ulong)grace && (label.InputTopic == score.InputTopic || label.InputTopic == 0 || score.InputTopic == 0);
}
