using System.Runtime.InteropServices;

namespace KafkaDatasets.Monitoring.Joining;

/// <summary>
/// Joins scores with labels by key. Rows are given in the order of their event times, when no label can come in time any more: so they and their order are the same however the records
/// of both topics arrive, as long as none arrives later, in event time, than the grace period.
/// </summary>
/// <param name="grace">How far apart in time a score and its label may be, and how late records may arrive, in milliseconds.</param>
/// <param name="mostHeld">The number of rows that may be held; of more, the oldest are given early.</param>
/// <param name="take">Takes a row.</param>
internal sealed class LabelJoin(long grace, int mostHeld, Action<JoinedRow> take)
{
    private readonly Dictionary<RowKey, JoinEntry> _entries = [];
    private readonly PriorityQueue<(RowKey Key, int Version), RowOrder> _scores = new();
    private readonly PriorityQueue<RowKey, RowOrder> _labels = new();
    private readonly HashSet<int> _labelTopics = [];
    private RowOrder _frontier = StartOf(long.MinValue);
    private bool _isComplete;

    /// <summary>The number of rows that wait for a label or a score; a score and its label are one.</summary>
    public int Waiting { get; private set; }

    /// <summary>The number of rows that are held: those that wait, and those whose label is kept for scores of other versions.</summary>
    public int Held { get; private set; }

    /// <summary>The event time before which rows have been given.</summary>
    public long GivenTo => _frontier.Time;

    /// <summary>Scores of a row that has one of the same version already; they count once.</summary>
    public long DoubledScores { get; private set; }

    /// <summary>Scores that arrived after their time had passed; they are in no figure.</summary>
    public long LateScores { get; private set; }

    /// <summary>Scores of an input topic that no label is of; they are in no figure.</summary>
    public long ForeignScores { get; private set; }

    /// <summary>The input topic of the latest of <see cref="ForeignScores"/>.</summary>
    public int ForeignTopic { get; private set; }

    /// <summary>The input topics of the labels so far.</summary>
    public IReadOnlySet<int> LabelTopics => _labelTopics;

    /// <summary>Labels of a row that has one waiting already; the first one in time counts.</summary>
    public long DoubledLabels { get; private set; }

    /// <summary>Labels that were joined with no score: of rows without a score, doubled, or too late.</summary>
    public long UnusedLabels { get; private set; }

    /// <summary>How often rows were given early, because too many were waiting.</summary>
    public long Overflows { get; private set; }

    public void AddScore(RowKey key, in Score score)
    {
        if (score.Order.CompareTo(_frontier) < 0)
        {
            LateScores++;
            return;
        }

        JoinEntry entry = Entry(key);
        (int held, int waiting) = (entry.Rows, entry.Waiting);
        (bool isNew, bool isKept) = entry.Add(score);
        Count(entry, held, waiting);
        DoubledScores += isNew ? 0 : 1;
        if (isKept)
        {
            _scores.Enqueue((key, score.Version), score.Order);
        }

        Bound();
    }

    public void AddLabel(RowKey key, in Label label)
    {
        _labelTopics.Add(label.InputTopic);
        if (label.Order.Time < Minus(_frontier.Time, grace))
        {
            UnusedLabels++;
            return;
        }

        JoinEntry entry = Entry(key);
        (int held, int waiting) = (entry.Rows, entry.Waiting);
        DoubledLabels += entry.Add(label) ? 0 : 1;
        Count(entry, held, waiting);
        _labels.Enqueue(key, label.Order);
        Bound();
    }

    /// <summary>Gives the rows whose time has passed.</summary>
    /// <param name="scoresTo">The time that the scores topic has reached.</param>
    /// <param name="labelsTo">The time that the labels topic has reached.</param>
    public void Advance(long scoresTo, long labelsTo)
    {
        // A label is at most the grace period after its score, and arrives at most the grace period after that.
        long frontier = Math.Min(scoresTo, labelsTo);
        if (frontier == long.MaxValue)
        {
            Complete();
            return;
        }

        frontier = Minus(frontier, 2 * grace);
        if (frontier > _frontier.Time)
        {
            _frontier = StartOf(frontier);
            Give();
        }
    }

    /// <summary>Gives all rows: no more records come.</summary>
    public void Complete()
    {
        _isComplete = true; // a frontier alone would leave rows of the last of all times waiting
        _frontier = StartOf(long.MaxValue);
        Give();
    }

    private static long Minus(long time, long span) => time < long.MinValue + span ? long.MinValue : time - span;

    /// <summary>The first order of a time.</summary>
    private static RowOrder StartOf(long time) => new(time, int.MinValue, long.MinValue);

    private JoinEntry Entry(RowKey key)
    {
        ref JoinEntry? entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, key, out _);
        return entry ??= new JoinEntry();
    }

    private void Give()
    {
        while (_scores.TryPeek(out _, out RowOrder order) && (_isComplete || order.Time < _frontier.Time))
        {
            GiveScore();
        }

        // A label may be joined with scores up to the grace period after it, for example those of another version.
        long before = Minus(_frontier.Time, grace);
        while (_labels.TryPeek(out _, out RowOrder order) && (_isComplete || order.Time < before))
        {
            DropLabel();
        }
    }

    private void GiveScore()
    {
        _scores.TryDequeue(out (RowKey Key, int Version) next, out RowOrder order);
        if (!_entries.TryGetValue(next.Key, out JoinEntry? entry))
        {
            return;
        }

        (int held, int waiting) = (entry.Rows, entry.Waiting);
        if (entry.TryTake(next.Version, order, out Score score))
        {
            Take(score, entry.Use(score, grace));
            Update(next.Key, entry, held, waiting);
        }
    }

    private void DropLabel()
    {
        _labels.TryDequeue(out RowKey key, out RowOrder order);
        if (!_entries.TryGetValue(key, out JoinEntry? entry))
        {
            return;
        }

        (int held, int waiting) = (entry.Rows, entry.Waiting);
        if (entry.RemoveLabel(order) is { } isUsed)
        {
            UnusedLabels += isUsed ? 0 : 1;
            Update(key, entry, held, waiting);
        }
    }

    private void Take(in Score score, Label? label)
    {
        // Where no label is of the score's input topic, the labels of another topic were chosen, and the model is not to blame.
        if (label is null && score.InputTopic != 0 && _labelTopics.Count > 0 && !_labelTopics.Contains(0) && !_labelTopics.Contains(score.InputTopic))
        {
            ForeignScores++;
            ForeignTopic = score.InputTopic;
            return;
        }

        take(new JoinedRow(score, label));
    }

    private void Count(JoinEntry entry, int heldBefore, int waitingBefore)
    {
        Held += entry.Rows - heldBefore;
        Waiting += entry.Waiting - waitingBefore;
    }

    private void Update(RowKey key, JoinEntry entry, int heldBefore, int waitingBefore)
    {
        Count(entry, heldBefore, waitingBefore);
        if (entry.Rows == 0)
        {
            _entries.Remove(key);
        }
    }

    /// <summary>Gives the oldest tenth of the rows early when too many are held: memory is bounded.</summary>
    private void Bound()
    {
        if (Held <= mostHeld)
        {
            return;
        }

        Overflows++;
        int most = mostHeld - (mostHeld / 10);
        while (Held > most)
        {
            // A label that goes early makes no score late: scores that have not been read yet lose that label only.
            bool hasScore = _scores.TryPeek(out _, out RowOrder score);
            if (hasScore && (!_labels.TryPeek(out _, out RowOrder label) || score.Time <= label.Time))
            {
                GiveScore();
                _frontier = score.CompareTo(_frontier) > 0 ? score : _frontier;
            }
            else
            {
                DropLabel();
            }
        }
    }
}
