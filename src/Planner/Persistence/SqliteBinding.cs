using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Migrate.Planner.Persistence;

/// <summary>
/// EF Core 10's SQLite provider is compiled against SQLitePCLRaw 2.1; package sources exist that serve only 2.0.6, so that
/// is what Directory.Packages.props pins (property SQLitePCLRawVersion). The two are compatible in everything that the provider calls,
/// but the default load context does not bind a reference to a lower assembly version: it raises Resolving instead, and
/// here the assembly that lies beside the program is handed over. With 2.1 or later the event is never raised for these
/// names. To leave this behind: raise SQLitePCLRawVersion to 2.1.11, drop NU1605 from Directory.Build.props, delete this file.
/// </summary>
public static class SqliteBinding
{
    private static int _registered;

    /// <summary>Safe to call more than once; must come before the first use of a SQLite or EF Core SQLite type.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "No caller of this assembly can reach SQLite before the binding is in place.")]
    public static void Register()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 0)
        {
            AssemblyLoadContext.Default.Resolving += LoadFromBesideTheProgram;
        }
    }

    private static Assembly? LoadFromBesideTheProgram(AssemblyLoadContext context, AssemblyName name)
    {
        if (name.Name is null || !name.Name.StartsWith("SQLitePCLRaw", StringComparison.Ordinal))
        {
            return null;
        }
        string path = Path.Combine(AppContext.BaseDirectory, name.Name + ".dll");
        return File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
    }
}
