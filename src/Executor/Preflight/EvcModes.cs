namespace Migrate.Executor.Preflight;

/// <summary>
/// CPU features that vSphere's EVC modes show guests, each mode with those of the ones before it. Names are the Linux kernel's; only
/// features that programs use are listed. Source: VMware KB 1003212.
/// </summary>
internal static class EvcModes
{
    private static readonly (string Mode, string[] Adds)[] Intel =
    [
        ("merom", ["ssse3", "cx16"]),
        ("penryn", ["sse4_1"]),
        ("nehalem", ["sse4_2", "popcnt"]),
        ("westmere", ["aes", "pclmulqdq"]),
        ("sandybridge", ["avx", "xsave"]),
        ("ivybridge", ["f16c", "rdrand", "fsgsbase", "smep"]),
        ("haswell", ["avx2", "bmi1", "bmi2", "fma", "movbe", "abm", "invpcid"]),
        ("broadwell", ["adx", "rdseed", "smap"]),
        ("skylake", ["avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl", "clflushopt"]),
        ("cascadelake", ["avx512_vnni"]),
        ("icelake", ["avx512_vbmi2", "avx512_bitalg", "vaes", "vpclmulqdq", "gfni", "sha_ni"]),
        ("sapphirerapids", ["amx_tile", "avx512_fp16"]),
    ];

    private static readonly (string Mode, string[] Adds)[] Amd =
    [
        ("rev-e", ["pni"]),
        ("rev-f", ["cx16"]),
        ("greyhound-no3dnow", ["popcnt", "abm"]),
        ("greyhound", []),
        ("bulldozer", ["ssse3", "sse4_1", "sse4_2", "aes", "pclmulqdq", "avx", "xsave"]),
        ("piledriver", ["f16c", "fma", "bmi1"]),
        ("steamroller", ["fsgsbase"]),
        ("zen", ["avx2", "bmi2", "movbe", "adx", "rdseed", "rdrand", "smep", "smap", "sha_ni", "clflushopt"]),
        ("zen2", ["clwb"]),
        ("zen3", ["vaes", "vpclmulqdq", "invpcid"]),
        ("zen4", ["avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_vbmi2", "gfni"]),
    ];

    /// <summary>"intel-broadwell": all that the mode shows; nothing for a mode that is not known.</summary>
    public static IReadOnlyList<string> FeaturesOf(string? mode)
    {
        var (family, name) = mode?.Split('-', 2) is [var first, var rest] ? (first, rest) : ("", "");
        var modes = family switch { "intel" => Intel, "amd" => Amd, _ => [] };
        var at = Array.FindIndex(modes, one => one.Mode == name);
        return [.. modes.Take(at + 1).SelectMany(one => one.Adds)];
    }

    /// <summary>As libvirt names the makers.</summary>
    public static string? VendorOf(string? mode) => mode switch
    {
        { } intel when intel.StartsWith("intel-", StringComparison.Ordinal) => "Intel",
        { } amd when amd.StartsWith("amd-", StringComparison.Ordinal) => "AMD",
        _ => null,
    };
}
