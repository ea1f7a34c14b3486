using Migrate.Planner.Persistence;

namespace Migrate.Api.Pages.Sources;

internal static class SourceWords
{
    public static string Of(SourceKind kind) => kind switch
    {
        SourceKind.VSphere => "vCenter or ESXi",
        SourceKind.Dump => "Dump of a server",
        SourceKind.Vmx => ".vmx files",
        SourceKind.Ova => "OVF packages",
        _ => kind.ToString(),
    };
}
