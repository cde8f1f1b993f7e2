namespace KafkaDatasets;

/// <summary>Which field is the label, and what kind of label it is.</summary>
/// <example>
/// <code>
/// LabelColumn fraud = LabelColumn.Binary("IsFraud");
/// LabelColumn amount = LabelColumn.Regression("Amount");
/// LabelColumn country = LabelColumn.Category("Country", ["AT", "CH", "DE"]);
/// </code>
/// </example>
public sealed class LabelColumn
{
    private LabelColumn(LabelKind kind, string field, IReadOnlyList<string>? categories)
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

    /// <summary>The categories in the order of their keys, or null for the symbols of the enum field.</summary>
    public IReadOnlyList<string>? Categories { get; }

    /// <summary>
    /// A label that is 0 or 1 (a Boolean field, or a numeric one that holds nothing else):
    /// <c>Label</c> is Boolean in a view, 0 or 1 in a tensor. Any other value is a <see cref="RecordDecodingException"/>.
    /// </summary>
    /// <param name="field">The name of the field.</param>
    public static LabelColumn Binary(string field) => new(LabelKind.Binary, field, null);

    /// <summary>A numeric label: <c>Label</c> is Single in a view and in a tensor; a missing value is NaN.</summary>
    /// <param name="field">The name of the field.</param>
    public static LabelColumn Regression(string field) => new(LabelKind.Regression, field, null);

    /// <summary>
    /// A label that is one of several classes: <c>Label</c> is a key in a view (with its key values),
    /// the zero-based class in a tensor. A missing value, and one that is none of the categories, is key 0 in a view, NaN in a tensor.
    /// </summary>
    /// <param name="field">The name of an enum field; with <paramref name="categories"/> also of a text or integer field.</param>
    /// <param name="categories">The categories in the order of their keys; null: the symbols of the enum.</param>
    public static LabelColumn Category(string field, IReadOnlyList<string>? categories = null) => new(LabelKind.Category, field, categories);

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}({Field})";
}
