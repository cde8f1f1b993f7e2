using KafkaDatasets.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace KafkaDatasets;

/// <summary>
/// Loads topics as ML.NET views that all have the same columns. <c>ml.Model.Save(model, loader, file)</c> saves the formats, the columns, the features and the label with the model, and
/// <c>ml.Model.LoadWithDataLoader</c> restores them; addresses and secrets are never saved.
/// </summary>
/// <remarks>
/// The columns are those of the first topic that is loaded. Every other topic must have columns of the same names and types; their order in its schema, and any other fields it has,
/// do not matter.
/// </remarks>
/// <example>
/// <code>
/// KafkaDataLoader loader = ml.Data.CreateKafkaLoader(options);
/// IDataView payments = loader.Load("payments");
/// ITransformer model = ml.BinaryClassification.Trainers.FastTree().Fit(payments);
/// ml.Model.Save(model, loader, "model.zip");
/// </code>
/// </example>
public sealed class KafkaDataLoader : IDataLoader<IMultiStreamSource>
{
    private const string Signature = "KafkaDataLoader";

    private readonly KafkaDatasetOptions? _options;
    private readonly IHostEnvironment? _environment;
    private readonly Lock _gate = new();
    private LoadedColumns? _columns;

    internal KafkaDataLoader(KafkaDatasetOptions options)
    {
        _options = options;
    }

    private KafkaDataLoader(IHostEnvironment environment, LoadedColumns columns)
    {
        _environment = environment;
        _columns = columns;
    }

    /// <summary>Opens a topic of the cluster that the loader was created for.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <returns>A view of the loader's columns.</returns>
    /// <exception cref="InvalidOperationException">The loader was loaded with a model and therefore has no cluster; use <see cref="Load(IMultiStreamSource)"/>.</exception>
    /// <exception cref="SchemaException">The topic lacks columns of the loader, or has them of other types; the message lists all of them.</exception>
    /// <exception cref="KafkaDatasetException">The topic cannot be opened, for the reasons of <see cref="KafkaDataset.OpenAsync(string, KafkaDatasetOptions, CancellationToken)"/>.</exception>
    public IDataView Load(string topic) => Load(new KafkaTopicSource(topic, _options ?? throw new InvalidOperationException(
        $"The loader was loaded with a model, which keeps no address: give it a {nameof(KafkaTopicSource)}, which names the topic and the cluster.")));

    /// <summary>Opens a topic.</summary>
    /// <param name="input">A <see cref="KafkaTopicSource"/>.</param>
    /// <returns>A view of the loader's columns.</returns>
    /// <exception cref="ArgumentException">The source is not a <see cref="KafkaTopicSource"/>.</exception>
    /// <exception cref="SchemaException">The topic lacks columns of the loader, or has them of other types; the message lists all of them.</exception>
    /// <exception cref="KafkaDatasetException">The topic cannot be opened, for the reasons of <see cref="KafkaDataset.OpenAsync(string, KafkaDatasetOptions, CancellationToken)"/>.</exception>
    public IDataView Load(IMultiStreamSource input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input is not KafkaTopicSource source)
        {
            throw new ArgumentException($"A {nameof(KafkaDataLoader)} loads a {nameof(KafkaTopicSource)}, not a {input.GetType().Name}.", nameof(input));
        }

        LoadedColumns? columns = Columns;
        KafkaDatasetOptions options = columns?.Apply(source.Options) ?? LoadedColumns.Apply(_options!, source.Options);
        KafkaDataset dataset = KafkaDataView.Open(source.Topic, options);
        try
        {
            columns ??= Bind(LoadedColumns.Of(dataset, options));
            return new KafkaView(dataset, _environment, columns.In(dataset));
        }
        catch
        {
            dataset.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    /// <summary>The schema of the views.</summary>
    /// <returns>The schema.</returns>
    /// <exception cref="InvalidOperationException">No topic has been loaded yet, so the columns are unknown.</exception>
    public DataViewSchema GetOutputSchema() => Bound.View.DataView;

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version());
        ctx.SaveString(Bound.ToJson());
    }

    private LoadedColumns? Columns
    {
        get
        {
            lock (_gate)
            {
                return _columns;
            }
        }
    }

    private LoadedColumns Bound => Columns
        ?? throw new InvalidOperationException($"The loader's columns are unknown until it has loaded a topic: call {nameof(Load)} first.");

    /// <summary>Called by ML.NET when it loads a model that was saved with a loader.</summary>
    private static KafkaDataLoader Create(IHostEnvironment environment, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version());
        return new KafkaDataLoader(environment, LoadedColumns.Parse(ctx.LoadString()));
    }

    private static VersionInfo Version() => new(
        modelSignature: "KAFKALDR",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: Signature,
        loaderAssemblyName: typeof(KafkaDataLoader).Assembly.GetName().Name!);

    private LoadedColumns Bind(LoadedColumns columns)
    {
        lock (_gate)
        {
            return _columns ??= columns;
        }
    }
}
