using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace VideoMesh.Actors.Tests.Kernel;

/// <summary>
/// Writes down what other assemblies can use of a type, one line a member, so that two engines can be compared: type names without
/// namespaces, type parameters by position, parameter names and defaults because callers may rely on them.
/// </summary>
internal static class Surface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>A line for where the type is, for each type it can be taken for, for each member, and for what it asks of heirs.</summary>
    public static IEnumerable<string> Describe(Type type)
    {
        var name = Name(type);
        var kernel = type.Namespace!.StartsWith("VideoMesh.", StringComparison.Ordinal);
        IEnumerable<string> place = kernel ? [] : [$"type\t{type.Namespace}\t{name}"];
        return place
            .Concat(BasesOf(type).Select(other => $"base\t{name}\t{other}"))
            .Concat(HasHeirs(type) ? [$"heirs\t{name}"] : [])
            .Concat(Levels(type).SelectMany(level => DeclaredBy(level, level != type)).Distinct(StringComparer.Ordinal).Select(line => $"member\t{name}\t{line}"))
            .Concat(OverridablesOf(type).Select(line => $"heir\t{name}\t{line}"));
    }

    public static string Name(Type type)
    {
        if (type.IsGenericParameter)
        {
            return "!" + type.GenericParameterPosition.ToString(CultureInfo.InvariantCulture);
        }

        if (type.IsByRef || type.IsArray)
        {
            return Name(type.GetElementType()!) + (type.IsArray ? "[]" : "&");
        }

        var simple = type.Name.Split('`')[0];
        var outer = type.DeclaringType is { } declaring ? Name(declaring) + "." : "";
        return outer + simple + (type.IsGenericType ? $"<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : "");
    }

    private static bool HasHeirs(Type type) => type is { IsClass: true, IsSealed: false }
        && type.GetConstructors(Declared).Any(IsVisible);

    private static IEnumerable<string> OverridablesOf(Type type) =>
        from level in HasHeirs(type) ? Levels(type) : []
        from method in level.GetMethods(Declared)
        where IsVisible(method) && method is { IsVirtual: true, IsFinal: false, IsSpecialName: false } && method.GetBaseDefinition().DeclaringType != typeof(object)
        select (method.IsAbstract ? "abstract " : "virtual ") + Line(method);

    private static IEnumerable<string> BasesOf(Type type)
    {
        for (var level = type.BaseType; level is not null && level != typeof(object); level = level.BaseType)
        {
            yield return Name(level);
        }

        foreach (var face in type.GetInterfaces().Where(i => i.IsVisible))
        {
            yield return Name(face);
        }
    }

    private static List<Type> Levels(Type type)
    {
        if (type.IsInterface)
        {
            return [type, .. type.GetInterfaces().Where(i => i.Assembly == type.Assembly && i.IsVisible)];
        }

        List<Type> levels = [];
        for (var level = type; level is not null && level.Assembly == type.Assembly; level = level.BaseType)
        {
            levels.Add(level);
        }

        return levels;
    }

    private static IEnumerable<string> DeclaredBy(Type type, bool isInherited)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}");
        }

        var isFace = type.IsInterface;
        var methods = type.GetMethods(Declared).Where(m => IsVisible(m) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal))).Select(Line);
        var fields = type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly)
            .Select(f => $"{Static(f.IsStatic)}{f.Name} : {Name(f.FieldType)}");
        var gets = type.GetProperties(Declared).Where(p => IsVisible(p.GetMethod)).Select(p => $"{Static(p.GetMethod!.IsStatic)}{p.Name} : {Name(p.PropertyType)}");
        var sets = type.GetProperties(Declared).Where(p => IsVisible(p.SetMethod)).Select(p => $"{Static(p.SetMethod!.IsStatic)}{p.Name} = {Name(p.PropertyType)}");
        var constructors = isInherited || isFace || type.IsSubclassOf(typeof(Delegate)) || type.IsAbstract
            ? []
            : type.GetConstructors(Declared).Where(IsVisible).Select(c => $"new({Parameters(c)})");
        return methods.Concat(fields).Concat(gets).Concat(sets).Concat(constructors);
    }

    private static bool IsVisible(MethodBase? method) => method is { IsPublic: true } or { IsFamily: true } or { IsFamilyOrAssembly: true };

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    private static string Line(MethodInfo method)
    {
        var generics = method.IsGenericMethodDefinition
            ? "<" + string.Join(", ", method.GetGenericArguments().Select(a => Name(a) + string.Concat(a.GetGenericParameterConstraints().Select(c => ":" + Name(c))))) + ">"
            : "";
        return $"{Static(method.IsStatic)}{method.Name}{generics}({Parameters(method)}) : {Name(method.ReturnType)}";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select((p, i) =>
        (i == 0 && method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "")
        + (p.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "")
        + $"{Name(p.ParameterType)} {p.Name}"
        + (p.HasDefaultValue ? $" = {p.DefaultValue ?? "default"}" : "")));
}
