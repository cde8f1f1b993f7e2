using Microsoft.ML;
using Microsoft.ML.Data;
using SusyDemo.Network;

namespace SusyDemo.Training;

/// <summary>The network as a model of ML.NET: from <c>Features</c> it makes <c>Score</c>, <c>Probability</c> and <c>PredictedLabel</c>, row by row.</summary>
internal sealed class NetworkTransformer(NetworkModel model) : ITransformer
{
    private const string Features = "Features";

    public bool IsRowToRowMapper => true;

    /// <summary>The schema of rows with these features.</summary>
    public static DataViewSchema SchemaOf(IReadOnlyList<string> features)
    {
        ReadOnlyMemory<char>[] names = [.. features.Select(f => f.AsMemory())];
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add("SlotNames", new VectorDataViewType(TextDataViewType.Instance, names.Length), (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(names.Length, names));
        var schema = new DataViewSchema.Builder();
        schema.AddColumn(Features, new VectorDataViewType(NumberDataViewType.Single, names.Length), annotations.ToAnnotations());
        return schema.ToSchema();
    }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(inputSchema);
        schema.AddColumn("Score", NumberDataViewType.Single);
        schema.AddColumn("Probability", NumberDataViewType.Single);
        schema.AddColumn("PredictedLabel", BooleanDataViewType.Instance);
        return schema.ToSchema();
    }

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new Mapper(model, inputSchema, GetOutputSchema(inputSchema));

    public IDataView Transform(IDataView input) => throw new NotSupportedException("The network is applied row by row.");

    public void Save(ModelSaveContext ctx) => throw new NotSupportedException("The network has a file format of its own.");

    private sealed class Mapper(NetworkModel model, DataViewSchema input, DataViewSchema output) : IRowToRowMapper
    {
        public DataViewSchema InputSchema => input;

        public DataViewSchema OutputSchema => output;

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
            dependingColumns.Select(c => c.Index < input.Count ? input[c.Index] : input[Features]).DistinctBy(c => c.Index);

        public DataViewRow GetRow(DataViewRow inputRow, IEnumerable<DataViewSchema.Column> activeColumns) => new Row(model, inputRow, output);
    }

    private sealed class Row(NetworkModel model, DataViewRow input, DataViewSchema schema) : DataViewRow
    {
        private readonly DenseNetwork<float>.Workspace _workspace = model.Network.CreateWorkspace(1);
        private readonly float[] _inputs = new float[model.Features.Count];
        private readonly float[] _probability = new float[1];
        private ValueGetter<VBuffer<float>>? _features;
        private VBuffer<float> _values;
        private long _scored = -1;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => column.Index >= input.Schema.Count || input.IsColumnActive(input.Schema[column.Index]);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => column.Index < input.Schema.Count
            ? input.GetGetter<TValue>(input.Schema[column.Index])
            : (ValueGetter<TValue>)(column.Name switch
            {
                "Score" => (ValueGetter<float>)((ref float value) => value = float.Log(Probability() / (1 - Probability()))),
                "Probability" => (ValueGetter<float>)((ref float value) => value = Probability()),
                _ => (Delegate)(ValueGetter<bool>)((ref bool value) => value = Probability() > 0.5f),
            });

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        private float Probability()
        {
            if (_scored != input.Position)
            {
                _features ??= input.GetGetter<VBuffer<float>>(input.Schema[Features]);
                _features(ref _values);
                model.Standardizer.Apply([.. _values.DenseValues()], _inputs);
                model.Network.Score(_inputs, _workspace, _probability);
                _scored = input.Position;
            }

            return _probability[0];
        }
    }
}
