using System.Text;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Json;

/// <summary>Compiles the description of a JSON text into the steps that read it; members that no column wants are skipped.</summary>
/// <param name="layout">The columns of the blocks.</param>
internal sealed class JsonCompiler(PartLayout layout)
{
    private readonly Dictionary<string, int> _columns = [];
    private readonly List<JsonStep> _placed = [];

    /// <summary>The number of presence marks that the steps need.</summary>
    public int Marks { get; private set; }

    /// <summary>The columns that a record may have in several places, each represented by the place that its whole name leads to.</summary>
    public JsonStep[] Placed => [.. _placed];

    /// <summary>Whether any step is a choice.</summary>
    public bool HasChoice { get; private set; }

    /// <summary>Compiles the steps of a whole text.</summary>
    /// <exception cref="IncompatibleSchemaException">The field cannot be a label.</exception>
    public JsonStep Compile(JsonField root) => (root.Kind == JsonKind.Choice ? Choice(root, 0, isRoot: true) : Step(root, 0)) ?? new JsonStep(root, [], 0);

    /// <summary>Returns the step of a value, or null when no column reads it.</summary>
    private JsonStep? Step(JsonField field, int depth) => field.Kind switch
    {
        JsonKind.Scalar => Scalar(field, depth),
        JsonKind.List => List(field, depth),
        JsonKind.Object => Object(field, depth),
        JsonKind.Choice => Choice(field, depth),
        _ => throw new System.Diagnostics.UnreachableException($"{field.Kind} is not a shape of JSON values."),
    };

    private JsonStep? Scalar(JsonField field, int depth)
    {
        ColumnTarget[] targets = layout.Values(field.Path, field.Type);
        return targets.Length == 0 && !layout.IsWanted(field.Path)
            ? null
            : Register(new JsonStep(field, targets, depth) { Symbols = [.. (field.Symbols ?? []).Select(Encoding.UTF8.GetBytes)], Column = Column(field) });
    }

    private JsonStep? List(JsonField field, int depth)
    {
        ColumnTarget[] lengths = layout.Targets.Lengths(field.Path, depth);
        JsonStep? item = Step(field.Members[0], depth + 1);
        if (item is null && lengths.Length == 0)
        {
            return null;
        }

        item ??= JsonStep.Skipped("");
        return Register(new JsonStep(field, depth == 0 ? [.. All(item)] : [], depth) { Lengths = lengths, Members = [item], ReadMembers = 1, Column = Column(field) });
    }

    private JsonStep? Object(JsonField field, int depth)
    {
        JsonStep[] read = [.. field.Members.Select(m => Step(m, depth)).OfType<JsonStep>()];
        if (read.Length == 0 && !layout.IsWanted(field.Path))
        {
            return null;
        }

        string[] skipped = [.. field.KnownNames.Union(field.Members.Select(m => m.Name)).Except(read.Select(m => m.Field.Name))];
        JsonStep[] members = [.. read, .. skipped.Select(JsonStep.Skipped)];
        int marks = Marks;
        Marks += members.Length;
        return new JsonStep(field, [], depth)
        {
            Members = members,
            ReadMembers = read.Length,
            Names = new NameTable([.. members.Select(m => m.Field.Name)]),
            Marks = marks,
            Placed = read.Length > 0 && Array.TrueForAll(read, IsPlaced) ? [.. read.SelectMany(PlacedIn)] : null,
        };
    }

    /// <summary>Compiles a choice; for a whole text, a record of another type is a bad record even if no member is read.</summary>
    private JsonStep? Choice(JsonField field, int depth, bool isRoot = false)
    {
        JsonStep?[] types = [.. field.Members.Select(m => Step(m, depth))];
        if (!isRoot && Array.TrueForAll(types, t => t is null))
        {
            return null;
        }

        HasChoice = true;
        return new JsonStep(field, [], depth) { Members = [.. types.Select((t, i) => t ?? new JsonStep(field.Members[i], [], depth) { Form = JsonForm.Skipped })] };
    }

    private static IEnumerable<ColumnTarget> All(JsonStep step) => [.. step.Targets, .. step.Lengths, .. step.Members.SelectMany(All)];

    private static bool IsPlaced(JsonStep step) => step.Column >= 0 || step.Placed is not null;

    private static IEnumerable<JsonStep> PlacedIn(JsonStep step) => step.Column >= 0 ? [step] : step.Placed ?? [];

    private int Column(JsonField field)
    {
        if (field.Rank == 0)
        {
            return -1;
        }

        if (!_columns.TryGetValue(field.Path, out int column))
        {
            column = _columns.Count;
            _columns.Add(field.Path, column);
        }

        return column;
    }

    private JsonStep Register(JsonStep step)
    {
        if (step.Column == _placed.Count)
        {
            _placed.Add(step);
        }

        return step;
    }
}
