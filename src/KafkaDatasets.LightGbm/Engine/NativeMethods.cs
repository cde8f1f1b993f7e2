using System.Runtime.InteropServices;

namespace KafkaDatasets.LightGbm.Engine;

/// <summary>LightGBM's C API, as version 4.6.0 declares it in <c>LightGBM/c_api.h</c>. Each function returns 0, or −1 for an error that <see cref="GetLastError"/> describes.</summary>
internal static unsafe partial class NativeMethods
{
    public const int Float32 = 0;
    public const int Int32 = 2;
    public const int RawScore = 1;

    private const string Library = "lib_lightgbm";

    [LibraryImport(Library, EntryPoint = "LGBM_GetLastError")]
    public static partial nint GetLastError();

    [LibraryImport(Library, EntryPoint = "LGBM_RegisterLogCallback")]
    public static partial int RegisterLogCallback(delegate* unmanaged[Cdecl]<byte*, void> callback);

    [LibraryImport(Library, EntryPoint = "LGBM_DumpParamAliases")]
    public static partial int DumpParamAliases(long bufferLength, out long length, byte* buffer);

    [LibraryImport(Library, EntryPoint = "LGBM_NetworkInitWithFunctions")]
    public static partial int NetworkInitWithFunctions(
        int machines, int rank, delegate* unmanaged[Cdecl]<byte*, int, int, int*, int*, int, byte*, int, void**, void> reduceScatter, delegate* unmanaged[Cdecl]<byte*, int, int*, int*, int, byte*, int, void> allGather);

    [LibraryImport(Library, EntryPoint = "LGBM_NetworkFree")]
    public static partial int NetworkFree();

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetCreateFromSampledColumn", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int DatasetCreateFromSampledColumn(
        double** values, int** indices, int columns, int* countPerColumn, int sampleRows, int localRows, long allRows, string parameters, out nint dataset);

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetSetFeatureNames")]
    public static partial int DatasetSetFeatureNames(NativeDataset dataset, byte** names, int count);

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetSerializeReferenceToBinary")]
    public static partial int DatasetSerializeReferenceToBinary(NativeDataset dataset, out nint buffer, out int length);

    [LibraryImport(Library, EntryPoint = "LGBM_ByteBufferGetAt")]
    public static partial int ByteBufferGetAt(nint buffer, int index, out byte value);

    [LibraryImport(Library, EntryPoint = "LGBM_ByteBufferFree")]
    public static partial int ByteBufferFree(nint buffer);

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetCreateFromSerializedReference", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int DatasetCreateFromSerializedReference(byte* reference, int length, long rows, int classes, string parameters, out nint dataset);

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetInitStreaming")]
    public static partial int DatasetInitStreaming(NativeDataset dataset, int hasWeights, int hasInitialScores, int hasQueries, int classes, int threads, int maxThreads);

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetPushRowsWithMetadata")]
    public static partial int DatasetPushRowsWithMetadata(
        NativeDataset dataset, void* values, int type, int rows, int columns, int startRow, float* labels, float* weights, double* initialScores, int* queries, int thread);

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetMarkFinished")]
    public static partial int DatasetMarkFinished(NativeDataset dataset);

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetSetField", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int DatasetSetField(NativeDataset dataset, string field, void* values, int count, int type);

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetGetSubset", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int DatasetGetSubset(NativeDataset dataset, int* rows, int count, string parameters, out nint subset);

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetFree")]
    public static partial int DatasetFree(nint dataset);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterCreate", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int BoosterCreate(NativeDataset train, string parameters, out nint booster);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterLoadModelFromString", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int BoosterLoadModelFromString(string model, out int iterations, out nint booster);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterFree")]
    public static partial int BoosterFree(nint booster);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterMerge")]
    public static partial int BoosterMerge(NativeBooster booster, NativeBooster other);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterAddValidData")]
    public static partial int BoosterAddValidData(NativeBooster booster, NativeDataset validation);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterUpdateOneIter")]
    public static partial int BoosterUpdateOneIter(NativeBooster booster, out int isFinished);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterGetEvalCounts")]
    public static partial int BoosterGetEvalCounts(NativeBooster booster, out int count);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterGetEval")]
    public static partial int BoosterGetEval(NativeBooster booster, int dataset, out int count, double* results);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterPredictForMat", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int BoosterPredictForMat(
        NativeBooster booster, void* values, int type, int rows, int columns, int isRowMajor, int kind, int startIteration, int iterations, string parameters, out long count, double* results);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterSaveModelToString")]
    public static partial int BoosterSaveModelToString(NativeBooster booster, int startIteration, int iterations, int importance, long length, out long needed, byte* text);
}
