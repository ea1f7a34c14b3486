using System.Globalization;
using Migrate.Api.Inventory;

namespace Migrate.Api.Cli;

/// <summary>What a source's account lacks, as 'source add', 'source update' and 'source show' tell it.</summary>
internal static class PrivilegeText
{
    public static void Write(SourceView source, TextWriter output)
    {
        if (source.Lacks is not { Count: > 0 } lacks)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine($"{Table.Clean(source.UserName)} lacks {Text.Count(lacks.Count, "privilege")}:");
        var table = new Table("PRIVILEGE", "NEEDED FOR", "WHY", "ON");
        foreach (var lack in lacks)
        {
            var more = lack.ObjectCount - lack.Objects.Count;
            table.Add(lack.Id, lack.Activity, lack.Why, string.Join(", ", lack.Objects) + (more > 0 ? string.Create(CultureInfo.InvariantCulture, $" and {more} more") : ""));
        }

        table.Write(output);
    }

    public static string Words(SourceView source) =>
        source.PrivilegesUnchecked is { } why ? $"not known: {why}" : source.Lacks is { Count: > 0 } lacks ? $"{Text.Count(lacks.Count, "privilege")} missing" : "nothing is missing";

    /// <summary>What to do about it, for a person.</summary>
    public static void Advise(SourceView source, Invocation invocation)
    {
        if (source.PrivilegesUnchecked is { } reason)
        {
            invocation.Say($"The privileges of {Table.Clean(source.UserName)} could not be checked: {Table.Clean(reason)}");
        }
        else if (source.Lacks is { Count: > 0 })
        {
            invocation.Say($"'migrate source privileges {source.Name} --script govc' (or powercli) prints a script that grants exactly what is needed; 'migrate source privileges {source.Name}' lists every object.");
        }
    }
}
