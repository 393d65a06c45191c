export type { FieldPath, Filter, FilterValue } from '../../contracts/filter.js';
