using System.Diagnostics;

namespace KafkaDatasets.MLNet;

/// <summary>A label as it is saved in a model file.</summary>
internal sealed record SavedLabel(LabelKind Kind, string Field, IReadOnlyList<string>? Categories, string? Positive = null, string? Negative = null)
{
    public LabelColumn Create() => Kind switch
    {
        LabelKind.Binary => Positive is null ? LabelColumn.Binary(Field) : LabelColumn.Binary(Field, Positive, Negative),
        LabelKind.Regression => LabelColumn.Regression(Field),
        LabelKind.Category => LabelColumn.Category(Field, Categories),
        _ => throw new UnreachableException(),
    };
}
