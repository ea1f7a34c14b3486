namespace Migrate.Planner.VSphere.Privileges;

/// <summary>Commands that make a role with exactly what Migrate needs and give it to an account, for somebody to read and run.</summary>
public static class RoleScript
{
    private const string Role = "Migrate";

    private static IEnumerable<string> Ids(bool isVcenter) => NeededPrivilege.All.Where(p => isVcenter || !p.VcenterOnly).Select(p => p.Id).Where(id => !id.StartsWith("System.", StringComparison.Ordinal)).Distinct();

    /// <summary>For PowerCLI, after Connect-VIServer.</summary>
    public static string PowerCli(string userName, bool isVcenter = true) => $"""
        $privileges = Get-VIPrivilege -Id @(
        {string.Join(",\n", Ids(isVcenter).Select(id => $"    '{id}'"))}
        )
        New-VIRole -Name '{Role}' -Privilege $privileges
        New-VIPermission -Entity (Get-Folder -NoRecursion) -Principal '{userName.Replace("'", "''", StringComparison.Ordinal)}' -Role '{Role}' -Propagate $true

        """.ReplaceLineEndings("\n");

    /// <summary>For govc, with GOVC_URL set.</summary>
    public static string Govc(string userName, bool isVcenter = true) => $"""
        govc role.create {Role} \
        {string.Join(" \\\n", Ids(isVcenter).Select(id => $"    {id}"))}
        govc permissions.set -principal '{userName.Replace("'", "'\\''", StringComparison.Ordinal)}' -role {Role} -propagate=true /

        """.ReplaceLineEndings("\n");
}
