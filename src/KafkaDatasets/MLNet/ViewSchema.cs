using System.Diagnostics;
using KafkaDatasets.Rows;
using KafkaDatasets.Shapes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.MLNet;

/// <summary>The ML.NET schema of a view: <c>Label</c> and <c>Features</c>, if the dataset has them, and columns of the dataset.</summary>
internal sealed class ViewSchema
{
    public const string LabelName = "Label";
    public const string FeaturesName = "Features";

    private const string SlotNames = "SlotNames";
    private const string KeyValues = "KeyValues";

    public ViewSchema(ColumnRoles roles, IEnumerable<ViewField> fields)
    {
        var columns = new List<ViewColumn>();
        if (roles.Label is { } label)
        {
            columns.Add(new ViewColumn(LabelName, ViewColumnRole.Label, LabelType(label.Kind, roles.Categories)));
        }

        if (roles.Features.Count > 0)
        {
            columns.Add(new ViewColumn(FeaturesName, ViewColumnRole.Features, new VectorDataViewType(NumberDataViewType.Single, roles.SlotNames.Count)));
        }

        var taken = columns.Select(c => c.Name).ToHashSet();
        columns.AddRange(fields.Where(f => taken.Add(f.Name)).Select(f => new ViewColumn(f.Name, ViewColumnRole.Field, TypeOf(f.Source), f.Source)));

        var builder = new DataViewSchema.Builder();
        foreach (ViewColumn column in columns)
        {
            builder.AddColumn(column.Name, column.Type, Annotations(column, roles));
        }

        Columns = columns;
        DataView = builder.ToSchema();
    }

    /// <summary>The columns, in the order of <see cref="DataView"/>.</summary>
    public IReadOnlyList<ViewColumn> Columns { get; }

    public DataViewSchema DataView { get; }

    /// <summary>Determines which columns a cursor must provide, by column index.</summary>
    /// <exception cref="ArgumentException">One of them is not a column of the view.</exception>
    public bool[] Activate(IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = new bool[Columns.Count];
        foreach (DataViewSchema.Column column in columnsNeeded)
        {
            if (column.Index >= active.Length || DataView[column.Index].Name != column.Name)
            {
                throw new ArgumentException($"Column '{column.Name}' is not a column of this view.", nameof(columnsNeeded));
            }

            active[column.Index] = true;
        }

        return active;
    }

    private static DataViewType LabelType(LabelKind kind, IReadOnlyList<string>? categories) => kind switch
    {
        LabelKind.Binary => BooleanDataViewType.Instance,
        LabelKind.Regression => NumberDataViewType.Single,
        LabelKind.Category => new KeyDataViewType(typeof(uint), categories!.Count),
        _ => throw new UnreachableException(),
    };

    /// <summary>The ML.NET type of a column of the dataset.</summary>
    public static DataViewType TypeOf(DatasetColumn column) =>
        column.IsVector ? new VectorDataViewType(ItemTypeOf(column), column.Size) : ItemTypeOf(column);

    private static PrimitiveDataViewType ItemTypeOf(DatasetColumn column) => column.Type switch
    {
        ColumnType.Boolean => BooleanDataViewType.Instance,
        ColumnType.Int8 => NumberDataViewType.SByte,
        ColumnType.UInt8 => NumberDataViewType.Byte,
        ColumnType.Int16 => NumberDataViewType.Int16,
        ColumnType.UInt16 => NumberDataViewType.UInt16,
        ColumnType.Int32 => NumberDataViewType.Int32,
        ColumnType.UInt32 => NumberDataViewType.UInt32,
        ColumnType.Int64 => NumberDataViewType.Int64,
        ColumnType.UInt64 => NumberDataViewType.UInt64,
        ColumnType.Single => NumberDataViewType.Single,
        ColumnType.Double => NumberDataViewType.Double,
        ColumnType.Key => new KeyDataViewType(typeof(uint), column.KeyValues!.Count),
        ColumnType.DateTime => DateTimeDataViewType.Instance,
        ColumnType.DateTimeOffset => DateTimeOffsetDataViewType.Instance,
        ColumnType.TimeSpan => TimeSpanDataViewType.Instance,
        ColumnType.Text => TextDataViewType.Instance,
        _ => throw new UnreachableException(),
    };

    private static DataViewSchema.Annotations? Annotations(ViewColumn column, ColumnRoles roles) => column.Role switch
    {
        ViewColumnRole.Features => Texts(SlotNames, roles.SlotNames),
        ViewColumnRole.Label when roles.Categories is { } categories => Texts(KeyValues, categories),
        ViewColumnRole.Field when column.Source!.KeyValues is { } values => Texts(KeyValues, values),
        ViewColumnRole.Field when column.Source!.Part is not null => RecordPart(),
        _ => null,
    };

    private static DataViewSchema.Annotations RecordPart()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(ViewAnnotations.RecordPart, BooleanDataViewType.Instance, (ref bool value) => value = true);
        return builder.ToAnnotations();
    }

    private static DataViewSchema.Annotations Texts(string name, IReadOnlyList<string> texts)
    {
        ReadOnlyMemory<char>[] values = [.. texts.Select(t => t.AsMemory())];
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(
            name,
            new VectorDataViewType(TextDataViewType.Instance, values.Length),
            (ref VBuffer<ReadOnlyMemory<char>> value) =>
            {
                var editor = VBufferEditor.Create(ref value, values.Length);
                values.CopyTo(editor.Values);
                value = editor.Commit();
            });
        return builder.ToAnnotations();
    }
}
