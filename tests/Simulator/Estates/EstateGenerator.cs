namespace Migrate.Simulator.Estates;

/// <summary>Makes estates of any size, the same for the same seed.</summary>
public static class EstateGenerator
{
    public static Estate Generate(int vms, int hosts, int seed = 1) => throw new NotImplementedException();
}
