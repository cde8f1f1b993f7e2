namespace KafkaDatasets;

/// <summary>The label of a dataset: the field that holds it, and its kind.</summary>
/// <example>
/// <code>
/// LabelColumn fraud = LabelColumn.Binary("IsFraud");
/// LabelColumn amount = LabelColumn.Regression("Amount");
/// LabelColumn country = LabelColumn.Category("Country", ["AT", "CH", "DE"]);
/// </code>
/// </example>
public sealed class LabelColumn
{
    private LabelColumn(LabelKind kind, string field, IReadOnlyList<string>? categories = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(field);
        Kind = kind;
        Field = field;
        Categories = categories;
    }

    /// <summary>The kind of label.</summary>
    public LabelKind Kind { get; }

    /// <summary>The name of the field in the record.</summary>
    public string Field { get; }

    /// <summary>The categories of a category label, in the order of their keys; null for the symbols of the enum field.</summary>
    public IReadOnlyList<string>? Categories { get; }

    /// <summary>The field's value that a binary label maps to 1; null if the field is a Boolean, or a number that is 0 or 1.</summary>
    public string? Positive { get; private init; }

    /// <summary>The field's value that a binary label with a <see cref="Positive"/> value maps to 0; null if every other value is 0.</summary>
    public string? Negative { get; private init; }

    /// <summary>
    /// Creates a binary label from a Boolean field, or from a number that is always 0 or 1. <c>Label</c> is Boolean in a view, and 0 or 1 in a tensor.
    /// Any other value, or a missing value, makes the record bad (<see cref="RecordDecodingException"/>); a missing one does not for a <see cref="KafkaMonitor"/> and a <see cref="RetrainingLoop"/>, whose labels may still be to come. For text and enum fields, see <see cref="Binary(string, string, string?)"/>.
    /// </summary>
    /// <param name="field">The name of the field.</param>
    /// <returns>The label.</returns>
    /// <exception cref="ArgumentException"><paramref name="field"/> is empty.</exception>
    /// <example><code>Label = LabelColumn.Binary("IsFraud")</code></example>
    public static LabelColumn Binary(string field) => new(LabelKind.Binary, field);

    /// <summary>
    /// Creates a binary label that is 1 if a text, enum or integer field has a given value, and otherwise 0. <c>Label</c> is Boolean in a view, and 0 or 1 in a tensor.
    /// A missing value makes the record bad (<see cref="RecordDecodingException"/>), except for a <see cref="KafkaMonitor"/> and a <see cref="RetrainingLoop"/>, whose labels may still be to come.
    /// </summary>
    /// <param name="field">The name of the field.</param>
    /// <param name="positive">The value that becomes 1, case-sensitive; for an integer field, its decimal digits without a plus sign or leading zeros (anything else is an <see cref="InvalidOptionsException"/> when the dataset is opened).</param>
    /// <param name="negative">The value that becomes 0; any third value then makes the record bad. Default null: every other value becomes 0.</param>
    /// <returns>The label.</returns>
    /// <exception cref="ArgumentException">A text is empty, or <paramref name="positive"/> and <paramref name="negative"/> are equal.</exception>
    /// <example><code>Label = LabelColumn.Binary("failed", positive: "yes", negative: "no")</code></example>
    public static LabelColumn Binary(string field, string positive, string? negative = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(positive);
        if (negative is not null)
        {
            ArgumentException.ThrowIfNullOrEmpty(negative);
            ArgumentOutOfRangeException.ThrowIfEqual(negative, positive);
        }

        return new LabelColumn(LabelKind.Binary, field) { Positive = positive, Negative = negative };
    }

    /// <summary>Creates a numeric label: <c>Label</c> is Single in a view and in a tensor, and a missing value is NaN.</summary>
    /// <param name="field">The name of the field.</param>
    /// <returns>The label.</returns>
    /// <exception cref="ArgumentException"><paramref name="field"/> is empty.</exception>
    public static LabelColumn Regression(string field) => new(LabelKind.Regression, field);

    /// <summary>
    /// Creates a label that is one of several classes. <c>Label</c> is a key in a view (with key values), and the zero-based class in a tensor.
    /// A missing value, or a value that is not among the categories, is key 0 in a view and NaN in a tensor.
    /// </summary>
    /// <param name="field">The name of an enum field or, if <paramref name="categories"/> are given, of a text or integer field.</param>
    /// <param name="categories">The categories in the order of their keys; those of an integer field are decimal digits without a plus sign or leading zeros (anything else is an <see cref="InvalidOptionsException"/> when the dataset is opened). Default null: the symbols of the enum.</param>
    /// <returns>The label.</returns>
    /// <exception cref="ArgumentException"><paramref name="field"/> is empty.</exception>
    public static LabelColumn Category(string field, IReadOnlyList<string>? categories = null) => new(LabelKind.Category, field, categories);

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}({Field})";
}
